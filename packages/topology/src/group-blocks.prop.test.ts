import { blockId, nodeId, physAddr } from '@memhp/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlockTrait, groupBlocks } from './group-blocks'
import type { BlockInfo, BlockZones } from './topology'

const MIB = 2 ** 20

const anyZones: fc.Arbitrary<BlockZones> = fc.constantFrom<BlockZones>(
  { kind: 'in', name: 'Normal' },
  { kind: 'in', name: 'Movable' },
  { kind: 'candidates', names: ['Movable', 'Normal'] },
  { kind: 'candidates', names: ['Normal', 'Movable'] },
  { kind: 'mixed' },
  { kind: 'unknown' },
)

/** Blocks with few kinds and few gaps, so that long runs and borders are both common. */
const anyBlocks: fc.Arbitrary<readonly BlockInfo[]> = fc
  .array(
    fc.record({
      step: fc.constantFrom(1, 1, 1, 2, 9),
      state: fc.constantFrom('online', 'offline' as const),
      zones: anyZones,
      nodes: fc.constantFrom([], [0], [0, 1]),
      device: fc.constantFrom(null, 'PNP0C80:00'),
      removable: fc.constantFrom(true, false, null),
    }),
    { maxLength: 40 },
  )
  .map((items) => {
    let id = -1
    return items.map(({ step, nodes, ...item }): BlockInfo => {
      id += step
      return {
        ...item,
        state: item.state === 'online' ? 'online' : 'offline',
        nodes: nodes.map(nodeId),
        id: blockId(id),
        start: physAddr(id * 128 * MIB),
        end: physAddr((id + 1) * 128 * MIB),
        physDevice: 0,
        contents: null,
      }
    })
  })

const anyTraits = fc.subarray<BlockTrait>(['state', 'zones', 'nodes', 'device', 'removable'])

const traitsOf = (block: BlockInfo, by: readonly BlockTrait[]): unknown[] =>
  by.map((trait) => block[trait])

describe('groupBlocks', () => {
  it('puts every block into exactly one group, in order', () => {
    fc.assert(
      fc.property(anyBlocks, anyTraits, (blocks, by) => {
        expect(groupBlocks(blocks, { by }).flatMap((group) => group.blocks)).toEqual(blocks)
      }),
    )
  })

  it('joins only neighbours that are alike, and all of them', () => {
    fc.assert(
      fc.property(anyBlocks, anyTraits, (blocks, by) => {
        const joined = new Set(
          groupBlocks(blocks, { by }).flatMap((group) => group.blocks.slice(1).map(({ id }) => id)),
        )
        blocks.forEach((block, index) => {
          const before = blocks[index - 1]
          const alike =
            before !== undefined &&
            before.id + 1 === block.id &&
            JSON.stringify(traitsOf(before, by)) === JSON.stringify(traitsOf(block, by))
          expect(joined.has(block.id)).toBe(alike)
        })
      }),
    )
  })

  it('covers exactly the addresses of its blocks', () => {
    fc.assert(
      fc.property(anyBlocks, (blocks) => {
        for (const group of groupBlocks(blocks)) {
          expect(group.firstBlock).toBe(group.blocks[0]?.id)
          expect(group.lastBlock).toBe(group.blocks.at(-1)?.id)
          expect(group.end - group.start).toBe(group.blocks.length * 128 * MIB)
          expect(group.start).toBe(group.blocks[0]?.start)
        }
      }),
    )
  })
})
