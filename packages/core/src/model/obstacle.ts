import type { Pfn } from '../address/brand'
import type { PageKindName } from './page'
import type { ZoneKey } from './zone'

/** The page for which isolation of a range is refused. @alpha */
export interface Obstacle {
  /**
   * `isolated`: the pageblock is under isolation already. `unmovable`: a page can neither move nor go. `set aside`: it is for contiguous allocation (CMA), and
   * stays whatever is in it. `straddling`: the range ends
   * within a gigantic page, of which `pfn` is the first page.
   */
  readonly reason: 'isolated' | 'unmovable' | 'set aside' | 'straddling'
  readonly pfn: Pfn
  readonly kind: PageKindName
  /** First page of the pageblock. */
  readonly pageblock: Pfn
  readonly zone: ZoneKey | null
}
