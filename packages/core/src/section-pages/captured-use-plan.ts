import type { Range } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND, type SectionUse } from '../model/page'
import type { Section } from '../model/section'
import type { PageStock, UseSegment } from '../model/section-use'
import type { ZoneKey } from '../model/zone'
import { pageblockShift } from './columns'
import { zoneExtents } from './zone-slice'

/** The use of pages that are all free. @alpha */
export const NOTHING_USED: SectionUse = {
  reserved: 0,
  unmovable: 0,
  movable: 0,
  pinned: 0,
  withheld: 0,
  poisoned: 0,
  hugetlb: 0,
  hugetlbFree: 0,
}

function takeLowest(
  stock: PageStock,
  wanted: { readonly count: number; readonly kind: number; readonly flags?: number },
): void {
  const { kind, flags = 0 } = wanted
  let { count } = wanted
  for (let part = stock.left[0]; part !== undefined && count > 0; part = stock.left[0]) {
    const start = part.start
    const end = Math.min(part.end, start + count)
    stock.segments.push({ start, end, kind, flags, zone: part.zone })
    count -= end - start
    part.start = end
    if (part.start === part.end) stock.left.shift()
  }
}

/** Holes of the section: what no zone part covers. */
function holes(parts: readonly Range[], pagesPerSection: number): UseSegment[] {
  const found: UseSegment[] = []
  let at = 0
  for (const part of [...parts, { start: pagesPerSection, end: pagesPerSection }]) {
    if (at < part.start) {
      found.push({ start: at, end: part.start, kind: PAGE_KIND.reserved, flags: 0, zone: null })
    }
    at = part.end
  }
  return found
}

/**
 * Where the pages of a captured section lie. Small uses fill the present pages from the lowest up, in the order
 * reserved, unmovable, pinned, withheld, those that are set aside last; huge pages (of the order of a pageblock) take the lowest aligned places
 * that are left; poisoned and movable pages fill what lies below and behind them; the rest is free.
 *
 * Pages of `hugetlb` and `hugetlbFree` that make no whole huge page, or find no aligned place, count as
 * unmovable and as free.
 * @returns segments that cover the whole section, ascending
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) where more pages are in use than present
 * @alpha
 */
export function planCapturedUse(
  machine: Machine,
  section: Readonly<Section>,
): readonly UseSegment[] {
  const use = section.capturedUse ?? NOTHING_USED
  const { pagesPerSection } = machine.geometry
  const parts = zoneExtents(machine, section)
  refuseTooMuch(section, parts)
  const left = parts.map((part) => ({ ...part }))
  const stock: PageStock = {
    segments: holes(parts, pagesPerSection),
    left: machine.subsystems.contiguousMemory?.putLast(machine, section, left) ?? left,
  }
  takeLowest(stock, { count: use.reserved, kind: PAGE_KIND.reserved })
  takeLowest(stock, { count: use.unmovable, kind: PAGE_KIND.slab })
  takeLowest(stock, { count: use.pinned, kind: PAGE_KIND.lru, flags: PAGE_FLAG.pinned })
  takeLowest(stock, { count: use.withheld, kind: PAGE_KIND.withheld })
  const odd = machine.subsystems.hugePages?.plan(machine, stock, use) ?? 0
  takeLowest(stock, { count: odd, kind: PAGE_KIND.slab })
  takeLowest(stock, { count: use.poisoned, kind: PAGE_KIND.offline, flags: PAGE_FLAG.hwpoison })
  takeLowest(stock, { count: use.movable, kind: PAGE_KIND.lru })
  for (const part of stock.left) {
    stock.segments.push({ ...part, kind: PAGE_KIND.free, flags: 0 })
  }
  return stock.segments.sort((a, b) => a.start - b.start)
}

function refuseTooMuch(section: Readonly<Section>, parts: readonly Range[]): void {
  const use = section.capturedUse
  if (use === null) return
  const present = parts.reduce((sum, part) => sum + (part.end - part.start), 0)
  const used = Object.values(use).reduce((sum, pages) => sum + pages, 0)
  if (used <= present) return
  throw new HotplugError(
    'BAD_DESCRIPTION',
    'EINVAL',
    `Section ${section.nr} has ${present} pages, and its description uses ${used}.`,
    { detail: { section: section.nr, present, used } },
  )
}

/** Free pages of a planned section in each zone. */
export function plannedFreePages(plan: readonly UseSegment[]): ReadonlyMap<ZoneKey, number> {
  const free = new Map<ZoneKey, number>()
  for (const { start, end, kind, zone } of plan) {
    if (kind !== PAGE_KIND.free || zone === null) continue
    free.set(zone, (free.get(zone) ?? 0) + end - start)
  }
  return free
}

/** Migrate type of each pageblock of a planned section: unmovable where slab pages lie, else movable. */
export function plannedUnmovablePageblocks(
  machine: Machine,
  plan: readonly UseSegment[],
): ReadonlySet<number> {
  const shift = pageblockShift(machine)
  const blocks = new Set<number>()
  for (const { start, end, kind } of plan) {
    if (kind !== PAGE_KIND.slab) continue
    for (let block = start >>> shift; block <= (end - 1) >>> shift; block++) blocks.add(block)
  }
  return blocks
}
