import type { Range } from '../address/range'
import type { ZoneKey } from './zone'

/** Pages of a section, by their places, that are all used alike. @alpha */
export interface UseSegment extends Range {
  /** `PAGE_KIND`; `free`, `hugetlb` and `hugetlbFree` stand for head and tails together. */
  readonly kind: number
  readonly flags: number
  /** Zone of the pages, null for a hole. */
  readonly zone: ZoneKey | null
}

/** A stock of pages that segments are cut from. */
export interface PageStock {
  readonly segments: UseSegment[]
  /** What is left, lowest first, each part in one zone. */
  readonly left: { start: number; end: number; readonly zone: ZoneKey }[]
}
