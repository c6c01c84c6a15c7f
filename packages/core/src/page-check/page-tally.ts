import type { Range } from '../address/range'
import type { ZoneKey } from '../model/zone'

/** What the descriptors of one zone add up to. */
export interface ZoneTally {
  readonly key: ZoneKey
  chunks: number
  /** Free pages in chunks outside isolated pageblocks. */
  freePages: number
  perCpu: number
  isolatedPageblocks: number
  captured: number
  capturedFreePages: number
}

/** What the descriptors of one section add up to, or of several together. Most have nothing in but zones. */
export interface PageTally {
  /** One of each zone that has pages in it; a list, for there are few. */
  readonly zones: ZoneTally[]
  /** Pages of sections without descriptors that are free and not isolated. */
  whollyFree: readonly Range[]
  /** Pages marked as an owner's, by its id. */
  ownerPages: ReadonlyMap<number, number>
  /** Kind and order of each huge page, by its first pfn. */
  hugeHeads: ReadonlyMap<number, string>
}

const NO_RANGES: readonly Range[] = []
const NO_OWNERS: ReadonlyMap<number, number> = new Map()
const NO_HEADS: ReadonlyMap<number, string> = new Map()

export const createPageTally = (): PageTally => ({
  zones: [],
  whollyFree: NO_RANGES,
  ownerPages: NO_OWNERS,
  hugeHeads: NO_HEADS,
})

/** Adds pages of an owner; a negative number takes them out. */
export function addOwnerPages(tally: PageTally, id: number, pages: number): void {
  const own = tally.ownerPages === NO_OWNERS ? new Map() : (tally.ownerPages as Map<number, number>)
  const left = (own.get(id) ?? 0) + pages
  if (left === 0) own.delete(id)
  else own.set(id, left)
  tally.ownerPages = own
}

/** Adds a huge page by its first pfn; takes it out where `kind` is null. */
export function setHugeHead(tally: PageTally, head: number, kind: string | null): void {
  const own = tally.hugeHeads === NO_HEADS ? new Map() : (tally.hugeHeads as Map<number, string>)
  if (kind === null) own.delete(head)
  else own.set(head, kind)
  tally.hugeHeads = own
}

/** A zone's part of a tally, to add to. */
export function tallyOf({ zones }: PageTally, key: ZoneKey): ZoneTally {
  for (const known of zones) if (known.key === key) return known
  const tally: ZoneTally = {
    key,
    chunks: 0,
    freePages: 0,
    perCpu: 0,
    isolatedPageblocks: 0,
    captured: 0,
    capturedFreePages: 0,
  }
  zones.push(tally)
  return tally
}

/** Adds a section's tally to a sum, as often as `times` says; a negative number takes it out again. Its free ranges are not in the sum. */
export function enterTally(sum: PageTally, entered: PageTally, times: number): void {
  for (const zone of entered.zones) {
    const tally = tallyOf(sum, zone.key)
    tally.chunks += times * zone.chunks
    tally.freePages += times * zone.freePages
    tally.perCpu += times * zone.perCpu
    tally.isolatedPageblocks += times * zone.isolatedPageblocks
    tally.captured += times * zone.captured
    tally.capturedFreePages += times * zone.capturedFreePages
  }
  if (entered.ownerPages !== NO_OWNERS)
    for (const [id, pages] of entered.ownerPages) addOwnerPages(sum, id, times * pages)
  if (entered.hugeHeads !== NO_HEADS)
    for (const [head, kind] of entered.hugeHeads) setHugeHead(sum, head, times > 0 ? kind : null)
}

/** Whether two tallies add the same to a sum, and hold nothing but counts of one zone. */
export function isSameTally(one: PageTally, other: PageTally): boolean {
  const [a, b] = [one.zones[0], other.zones[0]]
  if (a === undefined || b === undefined || one.zones.length + other.zones.length > 2) return false
  return (
    holdsCountsOnly(one) &&
    holdsCountsOnly(other) &&
    a.key === b.key &&
    a.chunks === b.chunks &&
    a.freePages === b.freePages &&
    a.perCpu === b.perCpu &&
    a.isolatedPageblocks === b.isolatedPageblocks &&
    a.captured === b.captured &&
    a.capturedFreePages === b.capturedFreePages
  )
}

const holdsCountsOnly = ({ whollyFree, ownerPages, hugeHeads }: PageTally): boolean =>
  whollyFree === NO_RANGES && ownerPages === NO_OWNERS && hugeHeads === NO_HEADS
