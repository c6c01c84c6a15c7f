import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sectionNr } from '../address/brand'
import type { SectionUse } from '../model/page'
import { checkPages } from '../page-check/check'
import { countPages } from '../page-check/page-count'
import { readPages } from '../page-check/testing/flat-model'
import { sectionRange, TINY, type TinyUse, tinyMachine } from '../page-check/testing/tiny-machine'
import { writableSection } from '../section/section-table'
import { canonicalSection } from '../snapshot/canonical-pages'
import { zoneOf } from '../zone/zone-table'
import { recordCapturedUse } from './captured-use'
import { NOTHING_USED, planCapturedUse } from './captured-use-plan'
import { freeCounts, pageblockCounts } from './free-counts'
import { materialise } from './materialise'

const runs = (use: TinyUse, nr: number): string[] => {
  const machine = tinyMachine(use)
  const { runs: found } = canonicalSection(machine, writableSection(machine, sectionNr(nr)))
  return found.map((run) => `${run.count} ${run.kind}${run.flags === 0 ? '' : ` ${run.flags}`}`)
}

describe('a captured section', () => {
  test('is materialised from the lowest page up, with huge pages at their own alignment', () => {
    const use = {
      reserved: 10,
      unmovable: 20,
      pinned: 2,
      withheld: 3,
      hugetlb: 128,
      hugetlbFree: 64,
      poisoned: 1,
      movable: 100,
    }
    expect(runs({ 2: use }, 2)).toEqual([
      '10 reserved',
      '20 slab',
      '2 lru 2',
      '3 withheld',
      '1 offline 1',
      '28 lru',
      '128 hugetlb',
      '64 hugetlbFree',
      '72 lru',
      '696 free',
    ])
  })

  test('counts pages that make no whole huge page as unmovable and as free', () => {
    expect(runs({ 2: { hugetlb: 70, hugetlbFree: 65 } }, 2)).toEqual([
      '64 hugetlb',
      '64 hugetlbFree',
      '6 slab',
      '890 free',
    ])
  })

  test('keeps huge pages inside one zone and out of holes', () => {
    const machine = tinyMachine({ 6: { unmovable: 1, hugetlb: 448, hugetlbFree: 0 } })
    const pages = readPages(machine, sectionRange(machine, 6))
    expect(pages.slice(512).every((page) => page.use === 'reserved' && page.zone === null)).toBe(
      true,
    )
    expect(pages.slice(64, 512).every((page) => page.use === 'hugetlb')).toBe(true)
  })

  test('refuses more pages than are present, and changes nothing', () => {
    const machine = tinyMachine()
    const use = { ...NOTHING_USED, movable: 1025 }
    expect(() => recordCapturedUse(machine, { nr: sectionNr(2), use })).toThrow(
      expect.objectContaining({ code: 'BAD_DESCRIPTION', errno: 'EINVAL' }),
    )
    checkPages(machine)
  })

  const amount = (most: number) =>
    fc.constantFrom(0, 1, 2, 63, 64, 65).map((n) => Math.min(n, most))
  const anyUse = fc.record<SectionUse>({
    reserved: amount(65),
    unmovable: amount(65),
    movable: amount(65),
    pinned: amount(3),
    withheld: amount(65),
    poisoned: amount(2),
    hugetlb: fc.constantFrom(0, 63, 64, 130),
    hugetlbFree: fc.constantFrom(0, 1, 64),
  })

  test('counts the same before and after it is materialised, and has the same canonical value', () => {
    fc.assert(
      fc.property(anyUse, fc.constantFrom(1, 2, 6), (use, at) => {
        const machine = tinyMachine({ [at]: use })
        const nr = sectionNr(at)
        const range = sectionRange(machine, at)
        const look = () => ({
          counts: countPages(machine, range),
          zones: [...machine.state.memory.zones.values()].map((zone) => ({
            free: zone.free.freePages,
            chunks: freeCounts(machine, zone),
            blocks: pageblockCounts(machine, zone),
          })),
          section: canonicalSection(machine, writableSection(machine, nr)),
        })
        checkPages(machine)
        const before = look()
        expect(writableSection(machine, nr).pages).toBeNull()
        materialise(machine, nr)
        expect(look()).toEqual(before)
        checkPages(machine)
      }),
    )
  })

  test('covers every page of the section exactly once', () => {
    fc.assert(
      fc.property(anyUse, fc.constantFrom(1, 2, 6), (use, at) => {
        const machine = tinyMachine({ [at]: use })
        const plan = planCapturedUse(machine, writableSection(machine, sectionNr(at)))
        let end = 0
        for (const segment of plan) {
          expect(segment.start).toBe(end)
          expect(segment.end).toBeGreaterThan(segment.start)
          end = segment.end
        }
        expect(end).toBe(TINY.pagesPerSection)
      }),
    )
  })

  test('gives its free pages to each of its zones', () => {
    const machine = tinyMachine({ 1: { unmovable: 544 + 12 } })
    expect(zoneOf(machine, '0/DMA32').free.capturedFreePages).toBe(0)
    expect(zoneOf(machine, '0/Normal').free.capturedFreePages).toBe(468)
    expect([...zoneOf(machine, '0/DMA32').free.captured]).toEqual([])
  })

  test('enters its huge pages in the pool of its node at once', () => {
    const machine = tinyMachine({ 4: { hugetlb: 64, hugetlbFree: 128 } })
    expect(machine.state.memory.hugePools).toEqual([
      {
        nodeId: 1,
        order: 6,
        used: new Set([4096]),
        free: new Set([4160, 4224]),
        reserved: 0,
        surplus: 0,
      },
    ])
  })
})
