import { isHotplugError } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { describeGoal, planRemoval, poisonedBlocks, type RemovalGoal } from '../src/index'
import { BLOCK_BYTES, BLOCK_PAGES, blocksFrom, threeNodes, topologyOf } from './topologies'

/** A gibibyte and a half of a device behind dax0.0, beside two of firmware. */
const withDax = () =>
  threeNodes({
    iomem: [
      { start: 0, end: 48 * BLOCK_BYTES, name: 'System RAM', children: [] },
      {
        start: 64 * BLOCK_BYTES,
        end: 76 * BLOCK_BYTES,
        name: 'dax0.0',
        children: [
          {
            start: 64 * BLOCK_BYTES,
            end: 76 * BLOCK_BYTES,
            name: 'System RAM (kmem)',
            children: [],
          },
        ],
      },
    ],
    blocks: [
      { id: 0, zone: 'none' },
      ...blocksFrom(32, 36, { zone: 'Movable', node: 1, device: 'PNP0C80:00' }),
      ...blocksFrom(40, 48, { zone: 'Normal', node: 2, device: 'PNP0C80:01' }),
      ...blocksFrom(64, 76, { zone: 'Movable', node: 3 }),
    ],
  })

const planned = (goal: RemovalGoal): readonly number[] =>
  planRemoval(withDax(), goal)
    .blocks.map(({ id }): number => id)
    .sort((a, b) => a - b)

const refused = (goal: RemovalGoal): string => {
  try {
    planRemoval(withDax(), goal)
  } catch (error) {
    if (isHotplugError(error)) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error('Nothing was refused.')
}

const ids = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i)

describe('a goal', () => {
  test('is refused where devices were not read, as of the host of a twin', () => {
    const { devices: _, ...bare } = withDax()
    const plan = (): unknown => planRemoval(bare as never, { kind: 'node', node: 1 })
    expect(plan).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }))
    expect(plan).toThrow('readTopology of @memhp/topology reads the whole')
  })

  test('is what a driver added for a device, which only goes offline', () => {
    const goal = { kind: 'device', devices: ['dax0.0'] } as const
    expect(planned(goal)).toEqual(ids(64, 76))
    const { devices, warnings } = planRemoval(withDax(), goal)
    expect(devices).toEqual([])
    expect(warnings[0]?.message).toContain('memory of dax0.0, whose driver is kmem')
    expect(planned({ kind: 'device', devices: ['dax0.0', 'PNP0C80:00'] })).toEqual([
      ...ids(32, 36),
      ...ids(64, 76),
    ])
    expect(refused({ kind: 'device', devices: ['dax1.0'] })).toMatch(/^NO_SUCH_DEVICE: .*"dax1.0"/)
  })

  test('is a range of addresses, in whole blocks', () => {
    const range = (first: number, last: number): RemovalGoal => ({
      kind: 'range',
      start: first * BLOCK_BYTES,
      end: last * BLOCK_BYTES,
    })
    expect(planned(range(32, 36))).toEqual(ids(32, 36))
    expect(planRemoval(withDax(), range(32, 36)).devices).toEqual(['PNP0C80:00'])
    // What lies between two devices is nothing.
    expect(planned(range(34, 41))).toEqual([34, 35, 40])
    expect(refused(range(100, 101))).toMatch(/^NO_SUCH_BLOCK: .*0x320000000-0x327ffffff/)
    expect(refused({ kind: 'range', start: 1, end: 2 * BLOCK_BYTES })).toBe(
      'BAD_ARGUMENT: Memory goes in blocks of 128M: the range around that is 0x0-0xfffffff.',
    )
    expect(refused(range(36, 32))).toBe(
      'BAD_ARGUMENT: The range begins at 0x120000000 and ends at 0x100000000: nothing is in it.',
    )
    expect(refused(range(32, 32))).toMatch(/^BAD_ARGUMENT: The range begins/)
    expect(describeGoal(range(32, 36))).toBe('remove 0x100000000-0x11fffffff')
  })

  test('is a size of one node or one zone', () => {
    const size = (blocks: number, place: object): RemovalGoal => ({
      kind: 'size',
      sizeBytes: blocks * BLOCK_BYTES,
      ...place,
    })
    expect(planned(size(4, {}))).toEqual(ids(32, 36))
    expect(planned(size(3, { node: 3 }))).toEqual([73, 74, 75])
    expect(planned(size(8, { zone: 'normal' }))).toEqual(ids(40, 48))
    expect(planned(size(2, { node: 1, zone: 'Movable' }))).toEqual(ids(32, 36))
    expect(refused(size(5, { node: 1 }))).toMatch(
      /^IMPOSSIBLE_GOAL: .*The most that may go is 512M, with PNP0C80:00/,
    )
    expect(refused(size(1, { node: 2, zone: 'Movable' }))).toMatch(/^IMPOSSIBLE_GOAL/)
    expect(refused(size(1, { node: 9 }))).toMatch(/^NO_SUCH_NODE/)
    expect(describeGoal(size(2, { node: 1, zone: 'Movable' }))).toBe(
      'remove 256M of node 1 in Movable',
    )
  })
})

test('a block of two nodes is of none alone', () => {
  const topology = topologyOf({ blocks: blocksFrom(0, 4, { zone: 'Movable', node: 1 }) })
  const [first, ...others] = topology.blocks
  if (first === undefined) throw new Error('no block')
  const mixed = {
    ...topology,
    blocks: [{ ...first, nodes: [...first.nodes, 2 as never] }, ...others],
  }
  const goal = { kind: 'size', sizeBytes: 4 * BLOCK_BYTES, node: 1 } as const
  expect(() => planRemoval(mixed, goal)).toThrow('The most that may go is 384M')
})

describe('blocks with hardware errors', () => {
  const counts = { free: BLOCK_PAGES }
  const failing = { poisoned: 1, free: BLOCK_PAGES - 1 }
  const sound = blocksFrom(0, 32, { counts })

  test('are those whose pages have them', () => {
    const blocks = [...sound, { id: 32, counts: failing }, { id: 40, counts: failing }]
    expect(poisonedBlocks(topologyOf({ blocks })).map(({ id }) => id)).toEqual([32, 40])
  })

  test.each<[string, Parameters<typeof topologyOf>[0], string, RegExp]>([
    [
      'none has any',
      { blocks: sound, hardwareCorruptedBytes: 4096 },
      'NO_SUCH_BLOCK',
      /^No online block has/,
    ],
    [
      'the machine has none, without page flags',
      { blocks: blocksFrom(0, 32), hardwareCorruptedBytes: 0 },
      'NO_SUCH_BLOCK',
      /^No online block has/,
    ],
    [
      'no page flags were read',
      { blocks: blocksFrom(0, 32), hardwareCorruptedBytes: 4096 },
      'NOT_READABLE',
      /kpageflags needs root\.$/,
    ],
    ['nothing is known', { blocks: blocksFrom(0, 32) }, 'NOT_READABLE', /^Only page flags tell/],
  ])('are refused where %s', (_, sketch, code, message) => {
    expect(() => poisonedBlocks(topologyOf(sketch))).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })
})
