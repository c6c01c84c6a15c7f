/** Counts below /proc and in a node's meminfo. */
export interface ProcfsRules {
  /** What a node counts as MemTotal, and whether /proc/meminfo counts beside it what boot freed later. */
  readonly memTotal: 'managed' | 'present'
  /** Zones of /proc/zoneinfo: all, or those with present pages. */
  readonly zoneinfo: 'all' | 'populated'
  /** Whether /proc/meminfo counts a direct map in a hash page table by the size of its pages, as it does one in tables. */
  readonly hashDirectMap: 'counted' | 'uncounted'
  /**
   * Entries of /proc/kpageflags of pages that are offline: those of reserved pages, NOPAGE as of what has no page, or zero, as
   * then of what has no page.
   */
  readonly offlinePages: 'reserved' | 'no-page' | 'zero'
}
