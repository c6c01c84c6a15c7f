import { describe, expect, test } from 'vitest'
import { outlookOf, planRemoval } from '../src/index'
import { BLOCK_BYTES, BLOCK_PAGES, blocksFrom, threeNodes, topologyOf } from './topologies'

const counted = { free: BLOCK_PAGES }

describe('the outlook of a machine with devices', () => {
  const topology = threeNodes({
    iomem: [
      {
        start: 0,
        end: 48 * BLOCK_BYTES,
        name: 'System RAM',
        children: [
          { start: BLOCK_BYTES, end: BLOCK_BYTES + 4096, name: 'Crash kernel', children: [] },
        ],
      },
    ],
  })
  const outlook = outlookOf(topology)

  test('says of each block what a plan for it alone says', () => {
    for (const { id, prediction } of outlook.blocks) {
      expect(prediction).toEqual(planRemoval(topology, { kind: 'blocks', blocks: [id] }).prediction)
    }
    expect(outlook.blocks.map(({ id }) => id)).toEqual(topology.blocks.map(({ id }) => id))
  })

  test('says of each device and node what a plan for it says', () => {
    expect(outlook.devices.map(({ name }) => name)).toEqual(['PNP0C80:00', 'PNP0C80:01'])
    for (const { name, prediction, headRoom } of outlook.devices) {
      const plan = planRemoval(topology, { kind: 'device', devices: [name] })
      expect({ prediction, headRoom }).toEqual({
        prediction: plan.prediction,
        headRoom: plan.headRoom,
      })
    }
    for (const { id, prediction } of outlook.nodes)
      expect(prediction).toEqual(planRemoval(topology, { kind: 'node', node: id }).prediction)
  })

  test('names what keeps the rest, the most memory first, with evidence and advice', () => {
    expect(outlook.obstacles.map(({ kind, blocks }) => [kind, blocks.length])).toEqual([
      ['kernel-zone', 14],
      ['mixed-zones', 1],
      ['crash-kernel', 1],
    ])
    const [zone, , crash] = outlook.obstacles
    expect(zone?.evidence).toHaveLength(3)
    expect(crash).toMatchObject({ confidence: 'certain', blocks: [1], sizeBytes: BLOCK_BYTES })
    expect(crash?.evidence[0]).toContain('“Crash kernel” in memory1')
    expect(crash?.remedies[0]).toContain('kexec_crash_size')
  })

  test('counts the most that goes together: both devices', () => {
    expect(outlook.most).toMatchObject({
      devices: ['PNP0C80:00', 'PNP0C80:01'],
      sizeBytes: 12 * BLOCK_BYTES,
      prediction: { outcome: 'goes' },
    })
  })
})

test('what goes alone and finds no room together is not promised', () => {
  const half = { free: BLOCK_PAGES / 2, anonymous: BLOCK_PAGES / 2 }
  const topology = topologyOf({
    blocks: [...blocksFrom(0, 4, { counts: half, zone: 'Movable' })],
    free: { '0/Movable': 2 * BLOCK_PAGES },
  })
  const { blocks, most, obstacles } = outlookOf(topology)
  expect(blocks.map(({ prediction }) => prediction.outcome)).toEqual(Array(4).fill('goes'))
  expect(obstacles).toEqual([])
  // Half a block has to move from each: two leave room for what they hold, three do not.
  expect(most.blocks).toHaveLength(2)
  expect(most.headRoom.verdict).toBe('enough')
})

test('a device without a file that asks for it only goes offline, and offline blocks need nothing', () => {
  const topology = topologyOf({
    blocks: [
      { id: 0, counts: { reserved: 1 } },
      { id: 32, zone: 'Movable', device: 'PNP0C80:00', counts: counted },
      { id: 33, state: 'offline', device: 'PNP0C80:01' },
    ],
    fixedDevices: ['PNP0C80:00'],
    emptyDevices: ['PNP0C80:02'],
  })
  const { devices, most, obstacles } = outlookOf(topology)
  expect(devices.map(({ name, canBeRemoved }) => [name, canBeRemoved])).toEqual([
    ['PNP0C80:00', false],
    ['PNP0C80:01', true],
  ])
  expect(devices[1]?.prediction.outcome).toBe('already-offline')
  expect(obstacles.map(({ kind }) => kind)).toEqual(['reserved-at-boot'])
  expect(most.blocks).toEqual([32, 33])
  expect(most.devices).toEqual(['PNP0C80:01'])
})

test('of a machine that lets nothing go nothing is promised', () => {
  const { most } = outlookOf(topologyOf({ blocks: [{ id: 0, zone: 'none' }] }))
  expect(most).toMatchObject({ blocks: [], devices: [], sizeBytes: 0 })
})
