/** What differs between releases of lsmem. Source: util-linux, what lsmem 2.38.1 and 2.42.4 print of the same trees. */
export interface LsmemVersion {
  readonly name: string
  /**
   * Which block tells whether there are nodes, and zones. `first`: the first one of nodes, memory0 of zones, so that a machine whose
   * first block has another number shows none.
   */
  readonly probes: 'first' | 'any'
  /** Whether it knows the columns of configured storage, and lists what /sys/firmware/memory has. */
  readonly hasStorage: boolean
  /** Whether its summary has memory_hotplug.memmap_on_memory. */
  readonly hasMemmapLine: boolean
  /** Columns of a label of the summary. */
  readonly labelWidth: number
  /** Whether headings make their columns as wide as they are when they are not printed. */
  readonly countsHiddenHeadings: boolean
  /** Whether a column whose cells are as wide as its heading gets the width that is hinted at. */
  readonly widensEqual: boolean
}

/** By the names that `--like` takes, oldest first. */
export const LSMEM_VERSIONS = {
  '2.38': {
    name: '2.38',
    probes: 'first',
    hasStorage: false,
    hasMemmapLine: false,
    labelWidth: 23,
    countsHiddenHeadings: true,
    widensEqual: true,
  },
  '2.42': {
    name: '2.42',
    probes: 'any',
    hasStorage: true,
    hasMemmapLine: true,
    labelWidth: 32,
    countsHiddenHeadings: false,
    widensEqual: false,
  },
} as const satisfies Readonly<Record<string, LsmemVersion>>

/** The one that is spoken unless another is asked for. */
export const NEWEST: LsmemVersion = LSMEM_VERSIONS['2.42']
