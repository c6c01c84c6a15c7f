import type { Range } from '../address/range'
import type { ZoneKey } from '../model/zone'

/** What the descriptors of one zone add up to. */
export interface ZoneTally {
  chunks: number
  /** Free pages in chunks outside isolated pageblocks. */
  freePages: number
  perCpu: number
  isolatedPageblocks: number
  captured: number
  capturedFreePages: number
}

/** What the descriptors of one section add up to, or of several together. */
export interface PageTally {
  readonly zones: Map<ZoneKey, ZoneTally>
  /** Pages of sections without descriptors that are free and not isolated. */
  readonly whollyFree: Range[]
  /** Pages marked as an owner's, by its id. */
  readonly ownerPages: Map<number, number>
  /** Kind and order of each huge page, by its first pfn. */
  readonly hugeHeads: Map<number, string>
}

export const createPageTally = (): PageTally => ({
  zones: new Map(),
  whollyFree: [],
  ownerPages: new Map(),
  hugeHeads: new Map(),
})

/** A zone's part of a tally, to add to. */
export function tallyOf({ zones }: PageTally, key: ZoneKey): ZoneTally {
  const known = zones.get(key)
  if (known !== undefined) return known
  const tally: ZoneTally = {
    chunks: 0,
    freePages: 0,
    perCpu: 0,
    isolatedPageblocks: 0,
    captured: 0,
    capturedFreePages: 0,
  }
  zones.set(key, tally)
  return tally
}

/** Adds a section's tally to a sum, or takes it out again. Its free ranges are not in the sum. */
export function enterTally(sum: PageTally, entered: PageTally, sign: 1 | -1): void {
  for (const [key, zone] of entered.zones) {
    const tally = tallyOf(sum, key)
    tally.chunks += sign * zone.chunks
    tally.freePages += sign * zone.freePages
    tally.perCpu += sign * zone.perCpu
    tally.isolatedPageblocks += sign * zone.isolatedPageblocks
    tally.captured += sign * zone.captured
    tally.capturedFreePages += sign * zone.capturedFreePages
  }
  for (const [id, pages] of entered.ownerPages) {
    const left = (sum.ownerPages.get(id) ?? 0) + sign * pages
    if (left === 0) sum.ownerPages.delete(id)
    else sum.ownerPages.set(id, left)
  }
  for (const [head, kind] of entered.hugeHeads) {
    if (sign === 1) sum.hugeHeads.set(head, kind)
    else sum.hugeHeads.delete(head)
  }
}
