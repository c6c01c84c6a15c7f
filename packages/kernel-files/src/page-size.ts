/** Where the page size comes from, best first. See `derivePageBytes`. */
export type PageSizeSource = 'given' | 'meminfo' | 'blocks' | 'assumed'

/** What the page size can be told from. */
export interface PageSizeEvidence {
  /** What the caller knows (a capture's header, `getconf PAGESIZE`). */
  readonly givenBytes: number | undefined
  /** Sum of `managed` over all zones. */
  readonly managedPages: number
  /** Sum of `present` over all zones. */
  readonly presentPages: number
  /** MemTotal of the machine, or the sum of its nodes'. */
  readonly memTotalBytes: number | undefined
  /** Bytes of the blocks that are online. */
  readonly onlineBytes: number
}

export interface PageSize {
  readonly bytes: number
  readonly from: PageSizeSource
}

const SMALLEST_PAGE = 4096
const LARGEST_PAGE = 65_536

/** The power of two nearest to a ratio; undefined where that is not a page size. */
function nearestPageSize(ratio: number): number | undefined {
  const bytes = 2 ** Math.round(Math.log2(ratio))
  return bytes >= SMALLEST_PAGE && bytes <= LARGEST_PAGE ? bytes : undefined
}

/**
 * Finds the bytes of a base page. No file of sysfs states it, so it is taken from, in this order:
 *
 * | from | why it is right |
 * | --- | --- |
 * | `given` | the caller knows |
 * | `meminfo` | MemTotal is the sum of `managed` of all zones in kB, so their ratio is the size exactly |
 * | `blocks` | pages present fill the online blocks but for holes, which stay below a factor of 1.4 |
 * | `assumed` | 4096, with a note |
 */
export function derivePageBytes(evidence: PageSizeEvidence): PageSize {
  const { givenBytes, managedPages, presentPages, memTotalBytes, onlineBytes } = evidence
  if (givenBytes !== undefined) return { bytes: givenBytes, from: 'given' }
  if (memTotalBytes !== undefined && managedPages > 0) {
    const bytes = nearestPageSize(memTotalBytes / managedPages)
    if (bytes !== undefined) return { bytes, from: 'meminfo' }
  }
  if (presentPages > 0 && onlineBytes > 0) {
    const bytes = nearestPageSize(onlineBytes / presentPages)
    if (bytes !== undefined) return { bytes, from: 'blocks' }
  }
  return { bytes: SMALLEST_PAGE, from: 'assumed' }
}
