import { describe, expect, test } from 'vitest'
import { holdingsOf, type Prediction, planRemoval, predictBlock } from '../src/index'
import {
  BLOCK_BYTES,
  BLOCK_PAGES,
  type BlockSketch,
  blocksFrom,
  type TopologySketch,
  topologyOf,
} from './topologies'

function predict(block: BlockSketch, changes: Partial<TopologySketch> = {}): Prediction {
  const topology = topologyOf({ blocks: [...blocksFrom(0, 4), block], ...changes })
  const found = topology.blocks.find(({ id }) => id === block.id)
  if (found === undefined) throw new Error('The block is there.')
  return predictBlock(topology, found, holdingsOf(topology, found))
}

const ram = (start: number, end: number, children: TopologySketch['iomem'] = []) => ({
  start: start * BLOCK_BYTES,
  end: end * BLOCK_BYTES,
  name: 'System RAM',
  children,
})

const said = ({ outcome, confidence, reasons }: Prediction): readonly string[] => [
  outcome,
  confidence,
  ...reasons.map(({ kind }) => kind),
]

describe('a block', () => {
  test('that is offline has nothing to do', () => {
    expect(said(predict({ id: 9, state: 'offline' }))).toEqual(['already-offline', 'certain'])
  })

  test('of several zones refuses', () => {
    expect(said(predict({ id: 9, zone: 'none' }))).toEqual(['refuses', 'certain', 'mixed-zones'])
  })

  test('with a hole refuses, whatever its zone', () => {
    const iomem = [ram(0, 8.5), { ...ram(8.5, 9), name: 'Reserved' }, ram(9, 9.75)]
    const block = { id: 9, zone: 'Movable' }
    expect(said(predict(block, { iomem }))).toEqual(['refuses', 'certain', 'hole'])
    expect(said(predict(block, { iomem: [ram(0, 10)] }))).toEqual(['goes', 'likely'])
  })

  test.each([
    ['Kernel code', 'kernel-image'],
    ['Kernel data', 'kernel-image'],
    ['Crash kernel', 'crash-kernel'],
  ])('that holds “%s” refuses', (name, kind) => {
    const iomem = [ram(0, 10, [{ ...ram(9.25, 9.5), name }])]
    expect(said(predict({ id: 9, zone: 'Movable' }, { iomem }))).toEqual([
      'refuses',
      'certain',
      kind,
    ])
  })

  test('driver-managed System RAM is not a hole', () => {
    const iomem = [ram(0, 9), { ...ram(9, 10), name: 'System RAM (kmem)' }]
    expect(predict({ id: 9, zone: 'Movable' }, { iomem }).outcome).toBe('goes')
  })

  test('with reserved pages refuses even in Movable', () => {
    const counts = { free: BLOCK_PAGES - 3, reserved: 3 }
    const prediction = predict({ id: 9, zone: 'Movable', counts })
    expect(said(prediction)).toEqual(['refuses', 'certain', 'reserved-at-boot'])
    expect(prediction.reasons[0]?.pages).toBe(3)
  })

  test('without a single flag counts as not initialised', () => {
    const counts = { unflagged: BLOCK_PAGES }
    expect(said(predict({ id: 9, counts }))).toEqual(['refuses', 'uncertain', 'reserved-at-boot'])
  })

  test.each([
    [{ slab: 1 }, ['refuses', 'likely', 'kernel-memory']],
    [{ pageTable: 1 }, ['refuses', 'likely', 'page-table']],
    [{ other: 1 }, ['refuses', 'likely', 'kernel-memory']],
    [{ unflagged: 1 }, ['refuses', 'uncertain', 'kernel-memory']],
    [{ withheld: 1 }, ['refuses', 'uncertain', 'withheld']],
    [{ hugetlb: 1 }, ['goes', 'uncertain', 'huge-pages']],
    [{ anonymous: 1 }, ['goes', 'likely']],
    [{ poisoned: 1 }, ['goes', 'likely']],
    [{}, ['goes', 'likely']],
  ])('of a kernel zone with %o', (counts, expected) => {
    const free = { free: BLOCK_PAGES - Object.keys(counts).length }
    expect(said(predict({ id: 9, counts: { ...counts, ...free } }))).toEqual(expected)
  })

  test('of a kernel zone that was not counted is doubtful, boot memory and a busy zone more so', () => {
    const busy = { '0/Normal': 3 * BLOCK_PAGES }
    const idle = { '0/Normal': 5 * BLOCK_PAGES }
    const emptyDevices = ['PNP0C80:01']
    const hot = { id: 9, device: 'PNP0C80:00' }
    expect(said(predict({ id: 9 }, { free: busy, emptyDevices }))).toEqual([
      'refuses',
      'likely',
      'kernel-zone',
    ])
    expect(said(predict({ id: 9 }, { free: idle, emptyDevices }))).toEqual([
      'refuses',
      'uncertain',
      'kernel-zone',
    ])
    expect(said(predict(hot, { free: busy }))).toEqual(['refuses', 'uncertain', 'kernel-zone'])
    expect(said(predict(hot, { free: idle }))).toEqual(['goes', 'uncertain'])
    expect(said(predict({ id: 9 }, { free: idle }))).toEqual(['goes', 'uncertain'])
  })
})

describe('head-room', () => {
  const counts = (used: number) => ({ free: BLOCK_PAGES - used, anonymous: used })
  const twoNodes = (free: number) =>
    topologyOf({
      blocks: [
        ...blocksFrom(0, 4, { counts: counts(BLOCK_PAGES - free / 4) }),
        ...blocksFrom(8, 10, { zone: 'Movable', node: 1, device: 'D', counts: counts(1000) }),
        ...blocksFrom(10, 12, { zone: 'Movable', node: 1, counts: counts(0) }),
      ],
      free: { '0/Normal': free, '1/Movable': 4 * BLOCK_PAGES - 2000 },
    })

  test('is what other nodes have free: the block’s own node does not count', () => {
    const plan = planRemoval(twoNodes(1600), { kind: 'device', devices: ['D'] })
    expect(plan.headRoom).toEqual({
      verdict: 'short',
      needPages: 2000,
      roomPages: 1600,
      from: [1],
      to: [0],
      stalled: [8],
    })
    expect(plan.blocks.map(({ prediction }) => prediction.outcome)).toEqual(['goes', 'stalls'])
    expect(plan.prediction.reasons[0]?.kind).toBe('no-room')
  })

  test('is enough when all pages fit', () => {
    const plan = planRemoval(twoNodes(2000), { kind: 'device', devices: ['D'] })
    expect(plan.headRoom.verdict).toBe('enough')
    expect(plan.prediction).toMatchObject({ outcome: 'goes', confidence: 'likely' })
  })

  test('is what the zones have above their minimum', () => {
    const topology = twoNodes(2000)
    const zones = topology.zones.map((zone) => ({
      ...zone,
      watermarks: { min: 1, low: 2, high: 3 },
    }))
    const plan = planRemoval({ ...topology, zones }, { kind: 'device', devices: ['D'] })
    expect(plan.headRoom).toMatchObject({ verdict: 'short', roomPages: 1999 })
  })

  test('is not what a lower zone keeps from pages of a higher one', () => {
    const topology = twoNodes(2000)
    const keeping = (keptPages: Readonly<Record<string, number>>) => {
      const zones = topology.zones.map((zone) =>
        zone.name === 'Normal' ? { ...zone, keptPages } : zone,
      )
      return planRemoval({ ...topology, zones }, { kind: 'device', devices: ['D'] }).headRoom
    }
    expect(keeping({ Movable: 1 })).toMatchObject({ verdict: 'short', roomPages: 1999 })
    expect(keeping({ Device: 1 })).toMatchObject({ verdict: 'enough', roomPages: 2000 })
  })

  test('is the node’s own rest where there is no other node', () => {
    const topology = topologyOf({
      blocks: [
        ...blocksFrom(0, 2, { counts: counts(BLOCK_PAGES - 500) }),
        { id: 2, zone: 'Movable', counts: counts(999) },
      ],
      free: { '0/Normal': 1000, '0/Movable': BLOCK_PAGES - 999 },
    })
    const plan = planRemoval(topology, { kind: 'blocks', blocks: [2] })
    expect(plan.headRoom).toMatchObject({
      verdict: 'enough',
      needPages: 999,
      roomPages: 1000,
      to: [0],
    })
  })
})

describe('on arm64', () => {
  const sketch = topologyOf({ blocks: [...blocksFrom(0, 4), { id: 9, zone: 'Movable' }] })
  const of = (
    release: string,
    { device, parameter }: { readonly device: string | null; readonly parameter: string },
  ): readonly string[] => {
    const topology = {
      ...sketch,
      arch: 'aarch64',
      release,
      policy: { ...sketch.policy, memmapOnMemory: parameter },
    }
    const block = topology.blocks.find(({ id }) => id === 9)
    if (block === undefined) throw new Error('The block is there.')
    return said(predictBlock(topology, { ...block, device }, undefined))
  }

  test('memory that belongs to no device was there at boot, and stays', () => {
    expect(of('6.12.117', { device: null, parameter: 'N' })).toEqual([
      'refuses',
      'likely',
      'boot-memory',
    ])
  })

  test.each([
    ['6.12.117', 'Y', 'goes'],
    ['7.3.4', 'Y', 'refuses'],
    ['7.3.4', 'force', 'refuses'],
    ['7.3.4', 'N', 'goes'],
  ])('memory of a device on %s with memmap_on_memory=%s %s', (release, parameter, outcome) => {
    expect(of(release, { device: 'PNP0C80:00', parameter })[0]).toBe(outcome)
  })
})
