import type { Range } from '../address/range'
import { alignUp } from '../address/units'
import type { Machine } from '../model/machine'
import { PAGE_KIND, type PageColumns, type SectionUse } from '../model/page'
import type { Section } from '../model/section'
import type { PageStock, UseSegment } from '../model/section-use'
import { pageblockShift, sectionBase } from '../section-pages/columns'
import { hugePoolOf } from '../section-pages/huge-pool'
import { zoneOf } from '../zone/zone-table'

/**
 * Takes the huge pages of a captured section, of the order of a pageblock, to the lowest aligned places that are left.
 * @returns pages of those in use that make no whole huge page, or find no place
 */
export function planHugePages(machine: Machine, stock: PageStock, use: SectionUse): number {
  const order = pageblockShift(machine)
  const whole = (pages: number): number => pages >>> order
  const homeless = takeHuge(stock, { count: whole(use.hugetlb), kind: PAGE_KIND.hugetlb, order })
  takeHuge(stock, { count: whole(use.hugetlbFree), kind: PAGE_KIND.hugetlbFree, order })
  return use.hugetlb - ((whole(use.hugetlb) - homeless) << order)
}

/** Takes huge pages at their own alignment. @returns how many found no place */
function takeHuge(
  stock: PageStock,
  wanted: { readonly count: number; readonly kind: number; readonly order: number },
): number {
  const size = 1 << wanted.order
  let { count } = wanted
  for (let i = 0; i < stock.left.length && count > 0; i++) {
    const part = stock.left[i]
    if (part === undefined) break
    const start = alignUp(part.start, size)
    const fitting = Math.min(count, Math.floor((part.end - start) / size))
    if (fitting <= 0) continue
    const end = start + fitting * size
    const { zone } = part
    stock.segments.push({ start, end, kind: wanted.kind, flags: 0, zone })
    const kept = [
      { start: part.start, end: start, zone },
      { start: end, end: part.end, zone },
    ].filter((rest) => rest.start < rest.end)
    stock.left.splice(i, 1, ...kept)
    count -= fitting
    i += kept.length - 1
  }
  return count
}

/** Enters the huge pages of a captured section into the pools. */
export function enterHugePages(
  machine: Machine,
  section: Readonly<Section>,
  plan: readonly UseSegment[],
): void {
  const order = pageblockShift(machine)
  const base = sectionBase(machine, section)
  for (const { start, end, kind, zone } of plan) {
    const isHuge = kind === PAGE_KIND.hugetlb || kind === PAGE_KIND.hugetlbFree
    if (!isHuge || zone === null) continue
    const pool = hugePoolOf(machine, { nodeId: zoneOf(machine, zone).nodeId, order })
    const set = kind === PAGE_KIND.hugetlb ? pool.used : pool.free
    for (let head = start; head < end; head += 1 << order) set.add(base + head)
  }
}

/** Writes huge pages of the order of a pageblock. */
export function layOutHugePages(
  machine: Machine,
  pages: PageColumns,
  { start, end, kind }: Range & Pick<UseSegment, 'kind'>,
): void {
  const order = pageblockShift(machine)
  pages.kind.fill(PAGE_KIND.hugetlbTail, start, end)
  for (let head = start; head < end; head += 1 << order) {
    pages.kind[head] = kind
    pages.order[head] = order
  }
}
