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

/** What a walk over all touched sections found, to be compared with what the zones and tables say. */
export interface PageTally {
  zone(key: ZoneKey): ZoneTally
  /** Pages of sections without descriptors that are free and not isolated. */
  readonly whollyFree: Range[]
  /** Pages marked as an owner's, by its id. */
  readonly ownerPages: Map<number, number>
  /** Kind and order of each huge page, by its first pfn. */
  readonly hugeHeads: Map<number, string>
}

export function createPageTally(): PageTally {
  const zones = new Map<ZoneKey, ZoneTally>()
  return {
    zone(key) {
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
    },
    whollyFree: [],
    ownerPages: new Map(),
    hugeHeads: new Map(),
  }
}
