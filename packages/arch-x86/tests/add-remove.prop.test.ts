import {
  addMemory,
  GIB,
  isHotplugError,
  type Machine,
  MIB,
  type Range,
  rangeContains,
  rangeSize,
  rangesOverlap,
  refusalOf,
  removeMemory,
} from '@memhp/core'

import { checkArchState, listLeaves, listTables } from '@memhp/core/inspect'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { boot, freePages, NODE, rangeOf } from './machines'

const BLOCK = 128 * MIB
/** Blocks of the window, around boundaries of 1 GiB and of a table's 512 GiB. */
const PLACES = [0, 1, 6, 7, 8, 9, 15, 16].flatMap((block) => [
  block,
  block + (508 * GIB) / BLOCK - 16,
])

const ranges = fc
  .record({ place: fc.constantFrom(...PLACES), blocks: fc.constantFrom(1, 2, 8, 9, 16) })
  .map(({ place, blocks }) => rangeOf(4 * GIB + place * BLOCK, blocks * BLOCK))

/** Bytes of the window that are mapped. */
function mappedBytes(machine: Machine): number {
  const runs = listLeaves(machine, { region: 'direct', offset: 4 * GIB, sizeBytes: 600 * GIB })
  return runs.reduce((sum, run) => sum + run.leafBytes * run.count, 0)
}

const memmapBytes = (machine: Machine): number =>
  listLeaves(machine, { region: 'vmemmap', offset: (4 * GIB) / 64, sizeBytes: 10 * GIB }).reduce(
    (sum, run) => sum + run.leafBytes * run.count,
    0,
  )

/** Only a claim on System RAM that holds the whole range gives it back: that of one add, or what is left of it. */
const withoutClaim = (claims: readonly Range[], range: Range): readonly Range[] =>
  claims.flatMap((claim) =>
    rangeContains(claim, range)
      ? [
          { start: claim.start, end: range.start },
          { start: range.end, end: claim.end },
        ].filter((rest) => rangeSize(rest) > 0)
      : [claim],
  )

/** Blocks are added as ranges that may meet, and removed one by one or as other ranges. */
describe.each([4, 5] as const)('adding and removing in any order, %i levels', (levels) => {
  test('exactly the present memory is mapped, and its memmap, and nothing is lost', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ range: ranges, kind: fc.constantFrom('add', 'remove') }), {
          maxLength: 12,
        }),
        (steps) => {
          const machine = boot({ archOptions: { levels } })
          const present = new Set<number>()
          let claims: readonly Range[] = []
          for (const { range, kind } of steps) {
            const blocks: number[] = []
            for (let at: number = range.start; at < range.end; at += BLOCK) blocks.push(at)
            if (kind === 'add' && !blocks.some((at) => present.has(at))) {
              const isClaimed = claims.some((claim) => rangesOverlap(claim, range))
              const refusal = refusalOf(() => addMemory(machine, { range, nodeId: NODE }))
              expect(refusal?.code).toBe(isClaimed ? 'RESOURCE_BUSY' : undefined)
              if (isClaimed) continue
              claims = [...claims, range]
              for (const at of blocks) present.add(at)
            } else if (kind === 'remove' && blocks.every((at) => present.has(at))) {
              removeMemory(machine, { range })
              claims = withoutClaim(claims, range)
              for (const at of blocks) present.delete(at)
            }
            expect(mappedBytes(machine)).toBe(present.size * BLOCK)
            expect(memmapBytes(machine)).toBe(present.size * 2 * MIB)
            checkArchState(machine)
          }
        },
      ),
      { numRuns: draws(25) },
    )
  })

  test('when all of it has gone, all its pages are back', () => {
    fc.assert(
      fc.property(fc.array(ranges, { minLength: 1, maxLength: 6 }), (wanted) => {
        const machine = boot({ archOptions: { levels } })
        const before = freePages(machine)
        const added: typeof wanted = []
        for (const range of wanted) {
          try {
            addMemory(machine, { range, nodeId: NODE })
            added.push(range)
          } catch (error) {
            if (!isHotplugError(error)) throw error
          }
        }
        for (const range of added) removeMemory(machine, { range })
        checkArchState(machine)
        expect(mappedBytes(machine)).toBe(0)
        const perCpu = [...machine.state.memory.zones.values()].flatMap((zone) => zone.perCpu)
        // Tables that stay: a PUD table with four levels, for memory from 512 GiB up.
        const tables = Array.from(listTables(machine), ({ pfn }) => pfn)
        const stay = tables.length
        const kept = tables.filter((pfn) => pfn < 2 ** 24)
        expect(freePages(machine) + perCpu.length + kept.length).toBe(before)
        expect(kept.length).toBeLessThanOrEqual(levels === 4 ? 1 : 0)
        expect(stay).toBeLessThanOrEqual(kept.length + 1)
      }),
      { numRuns: draws(25) },
    )
  })
})
