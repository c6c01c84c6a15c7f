import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BuddyText, formatBuddyinfo, parseBuddyinfo } from './buddyinfo'
import { formatIomem, type IomemLine, parseIomem } from './iomem'
import { formatMeminfo, type Meminfo, parseMeminfo } from './meminfo'
import { formatPagetypeinfo, type PageTypeNode, parsePagetypeinfo } from './pagetypeinfo'
import { isSystemRam, systemRamBytes, systemRamRanges } from './system-ram'
import { formatZoneinfo, parseZoneinfo, type ZoneCounts, zoneCounts } from './zoneinfo'

const count = fc.oneof(fc.constantFrom(0, 1, 999_999, 1_000_000), fc.maxSafeNat())
const zoneName = fc.constantFrom('DMA', 'DMA32', 'Normal', 'HighMem', 'Movable', 'Device')
const node = fc.nat(1023)

const zones: fc.Arbitrary<ZoneCounts[]> = fc.array(
  fc.record({
    node,
    name: zoneName,
    free: count,
    spanned: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    present: count,
    managed: count,
    startPfn: fc.option(count, { nil: undefined }),
  }),
)

const buddies: fc.Arbitrary<BuddyText[]> = fc.array(
  fc.record({ node, name: zoneName, freeByOrder: fc.array(count, { minLength: 1 }) }),
)

const TYPES = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'CMA', 'Isolate']
const pageTypes: fc.Arbitrary<PageTypeNode[]> = fc.array(
  fc
    .record({
      orders: fc.integer({ min: 1, max: 14 }),
      types: fc.shuffledSubarray(TYPES, { minLength: 1 }),
    })
    .chain(({ orders, types }) => {
      const eachType = { minLength: types.length, maxLength: types.length }
      const chunks = fc.array(fc.nat(100_000), { minLength: orders, maxLength: orders })
      const zone = fc.record({
        name: zoneName,
        freeByOrder: fc.array(chunks, eachType),
        pageblocks: fc.array(count, eachType),
      })
      return fc.record({
        node,
        pageblockOrder: fc.nat(13),
        types: fc.constant(types),
        zones: fc.uniqueArray(zone, { minLength: 1, selector: ({ name }) => name }),
      })
    }),
)

const meminfo: fc.Arbitrary<Meminfo> = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'MemTotal',
        'Active(anon)',
        'HardwareCorrupted',
        'DirectMap64k',
        'A longer name',
      ),
      fc.record({ value: count, unit: fc.constantFrom('kB' as const, 'count' as const) }),
    ),
  )
  .map((counters) => new Map(counters))

/** Lines that fill a range from its start on, each with lines inside it. */
const resources = (start: number, size: number, depth: number): fc.Arbitrary<IomemLine[]> => {
  if (size < 4 || depth > 5) return fc.constant([])
  const half = Math.floor(size / 2)
  const name = fc.constantFrom('System RAM', 'System RAM (kmem)', 'System RAMs', 'Reserved', 'a b')
  const line = (from: number): fc.Arbitrary<IomemLine[]> =>
    fc
      .record({ name, children: resources(from, half, depth + 1), isThere: fc.boolean() })
      .map(({ isThere, ...rest }) =>
        isThere ? [{ start: from, end: from + half - 1, ...rest }] : [],
      )
  return fc.tuple(line(start), line(start + half)).map((parts) => parts.flat())
}
const iomem = resources(0, 2 ** 40, 0)

describe('what is written', () => {
  it('as zoneinfo is read again', () => {
    fc.assert(
      fc.property(zones, (list) => {
        expect(parseZoneinfo(formatZoneinfo(list)).map(zoneCounts)).toEqual(list)
      }),
    )
  })

  it('as buddyinfo is read again', () => {
    fc.assert(
      fc.property(buddies, (list) => {
        expect(parseBuddyinfo(formatBuddyinfo(list))).toEqual(list)
      }),
    )
  })

  it('as pagetypeinfo is read again', () => {
    fc.assert(
      fc.property(pageTypes, (list) => {
        expect(parsePagetypeinfo(formatPagetypeinfo(list))).toEqual(list)
      }),
    )
  })

  it('as meminfo is read again, of a machine or of a node', () => {
    fc.assert(
      fc.property(meminfo, fc.option(node, { nil: undefined }), (counters, id) => {
        expect([...parseMeminfo(formatMeminfo(counters, id))]).toEqual([...counters])
      }),
    )
  })

  it('as iomem is read again', () => {
    fc.assert(
      fc.property(iomem, (lines) => {
        expect(parseIomem(formatIomem(lines))).toEqual(lines)
      }),
    )
  })
})

describe('System RAM', () => {
  /** Every address of a small tree, asked one by one. */
  const isRam = (lines: readonly IomemLine[], address: number): boolean =>
    lines.some(
      ({ start, end, name, children }) =>
        start <= address && address <= end && (isSystemRam(name) || isRam(children, address)),
    )

  it('of a range is counted byte by byte', () => {
    const range = fc.tuple(fc.nat(70), fc.nat(70)).map(([a, b]) => ({
      start: Math.min(a, b),
      end: Math.max(a, b),
    }))
    fc.assert(
      fc.property(resources(0, 64, 0), range, (lines, { start, end }) => {
        const bytes = Array.from({ length: end - start }, (_, i) => start + i)
        const ram = bytes.filter((address) => isRam(lines, address))
        expect(systemRamBytes(lines, { start, end })).toBe(ram.length)
      }),
    )
  })

  it('is the sum of its ranges', () => {
    fc.assert(
      fc.property(iomem, (lines) => {
        const sum = systemRamRanges(lines).reduce((bytes, { start, end }) => bytes + end - start, 0)
        expect(systemRamBytes(lines, { start: 0, end: 2 ** 41 })).toBe(sum)
      }),
    )
  })
})
