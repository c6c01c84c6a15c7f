import { addMemory, fingerprint, GIB, type Machine, MIB, removeMemory } from '@memhp/core'
import { checkArchState, listLeaves, translate } from '@memhp/core/inspect'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { draws } from '../../../tests/thorough'
import { findBolted } from '../src/index'
import { boot, freePages, linearAddress, NODE, rangeOf, tablesOf } from './machines'

/** Where blocks come and go: around ends of vmemmap leaves (2 GiB), of tables of leaves (1 GiB) and of 512 GiB. */
const PLACES = [2 * GIB, 3 * GIB, 4 * GIB, 510 * GIB, 512 * GIB]

const steps = (lmbBytes: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc
      .record({
        kind: fc.constantFrom('add' as const, 'remove' as const),
        place: fc.constantFrom(...PLACES),
        skip: fc.constantFrom(0, 1, 2, 3),
        blocks: fc.constantFrom(1, 2, 4, 5),
      })
      .map(({ kind, place, skip, blocks }) => ({
        kind,
        start: place + skip * lmbBytes,
        count: blocks,
      })),
    { maxLength: 10 },
  )

interface Step {
  readonly kind: 'add' | 'remove'
  readonly start: number
  readonly count: number
}

/** A flat model: the set of present blocks. */
function walk(
  machine: Machine,
  taken: readonly Step[],
  look: (present: Set<number>) => void,
): void {
  const { blockBytes } = machine.geometry
  const present = new Set<number>()
  for (const { kind, start, count } of taken) {
    const blocks = Array.from({ length: count }, (_, i) => start + i * blockBytes)
    const range = rangeOf(start, count * blockBytes)
    if (kind === 'add' && !blocks.some((at) => present.has(at))) {
      addMemory(machine, { range, nodeId: NODE })
      for (const at of blocks) present.add(at)
    } else if (kind === 'remove' && blocks.every((at) => present.has(at))) {
      // Block by block: a removal across two added ranges leaves their entries in the iomem tree, as in 6.1.
      for (const at of blocks) {
        removeMemory(machine, { range: rangeOf(at, blockBytes) })
        present.delete(at)
      }
    }
    look(present)
  }
  for (const at of present) removeMemory(machine, { range: rangeOf(at, blockBytes) })
}

const mappedBytes = (machine: Machine, region: 'direct' | 'vmemmap', start: number): number =>
  listLeaves(machine, {
    region,
    offset: start,
    sizeBytes: region === 'direct' ? 600 * GIB : 10 * GIB,
  })
    .map((run) => run.leafBytes * run.count)
    .reduce((sum, bytes) => sum + bytes, 0)

const RADIX = [
  { pageBytes: 65536, lmbBytes: 256 * MIB },
  { pageBytes: 65536, lmbBytes: 16 * MIB },
  { pageBytes: 65536, lmbBytes: GIB },
  { pageBytes: 4096, lmbBytes: 256 * MIB },
]

describe.each(RADIX)('radix, blocks that come and go in any order, %o', (archOptions) => {
  test('exactly the present memory is mapped, and each vmemmap leaf that a section needs', {
    timeout: 30_000,
  }, () => {
    fc.assert(
      fc.property(steps(archOptions.lmbBytes), (taken) => {
        const machine = boot({ archOptions })
        const free = freePages(machine)
        const { lmbBytes, pageBytes } = archOptions
        // 2 MiB of struct pages, 64 bytes a page.
        const perLeaf = (2 * MIB * pageBytes) / 64
        walk(machine, taken, (present) => {
          expect(mappedBytes(machine, 'direct', 2 * GIB)).toBe(present.size * lmbBytes)
          const leaves = new Set(
            [...present].flatMap((at) =>
              Array.from({ length: Math.ceil(lmbBytes / perLeaf) }, (_, i) =>
                Math.floor((at + i * perLeaf) / perLeaf),
              ),
            ),
          )
          const memmap = mappedBytes(machine, 'vmemmap', (2 * GIB * 64) / pageBytes)
          expect(memmap).toBe(leaves.size * 2 * MIB)
          for (const at of present) {
            expect(translate(machine, linearAddress(at + 7))?.physicalAddress).toBe(at + 7)
          }
          checkArchState(machine)
        })
        checkArchState(machine)
        expect(tablesOf(machine)).toBe(0)
        expect(freePages(machine)).toBe(free)
      }),
      { numRuns: draws(25) },
    )
  })
})

const HASH = [
  { mmu: 'hash', pageBytes: 65536 },
  { mmu: 'hash', pageBytes: 4096 },
  // Groups of a small table that does not grow.
  { mmu: 'hash', pageBytes: 65536, hptShift: 18, hptResize: false },
]

describe.each(HASH)('hash, blocks that come and go in any order, %o', (archOptions) => {
  test('exactly the present memory is bolted', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(steps(256 * MIB), (taken) => {
        const machine = boot({ archOptions })
        const free = freePages(machine)
        walk(machine, taken, (present) => {
          for (const place of PLACES) {
            for (let at = place; at < place + 2 * GIB; at += 256 * MIB) {
              const bolted = findBolted(machine, linearAddress(at + 240 * MIB + 9))
              const expected = present.has(at) ? at + 240 * MIB : undefined
              expect(bolted?.physicalAddress).toBe(expected)
            }
          }
          checkArchState(machine)
        })
        checkArchState(machine)
        expect(freePages(machine)).toBe(free)
      }),
      { numRuns: draws(10) },
    )
  })

  test('whether the table is read in between makes no difference', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(steps(256 * MIB), (taken) => {
        const [read, unread] = [boot({ archOptions }), boot({ archOptions })]
        const prints: string[] = []
        walk(read, taken, () => prints.push(fingerprint(read)))
        let steps = 0
        walk(unread, taken, () => {
          steps += 1
          if (steps === taken.length) expect(fingerprint(unread)).toBe(prints.at(-1))
        })
      }),
      { numRuns: draws(10) },
    )
  })
})
