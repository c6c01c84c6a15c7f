import type { ZoneText } from './proc/zoneinfo'

/** Where the page size comes from, surest first. See `pageSizeFrom`. */
export type PageSizeSource =
  | 'given'
  | 'architecture'
  | 'node-meminfo'
  | 'meminfo'
  | 'blocks'
  | 'assumed'

/** Memory as one file counts it in bytes, and as /proc/zoneinfo counts it in pages. */
interface CountedMemory {
  readonly bytes: number
  readonly pages: number
}

/** What files count of a machine. @beta */
export interface CountedFiles {
  /** Bytes of MemTotal of each node; null where it is unknown. */
  readonly nodes: readonly { readonly id: number; readonly memTotalBytes: number | null }[]
  /** Of /proc/zoneinfo. */
  readonly zones: readonly ZoneText[]
  /** Bytes of MemTotal of the machine, null where it is unknown, and of the blocks that are online. */
  readonly totals: { readonly memTotalBytes: number | null; readonly onlineBytes: number }
}

/** What the page size can be told from. */
export interface PageSizeEvidence {
  /** Sizes that the architecture has; undefined where the architecture is unknown. */
  readonly archPageBytes: readonly number[] | undefined
  /** MemTotal of each node and the pages that its zones manage, where both are known. */
  readonly nodes: readonly CountedMemory[]
  /** MemTotal of the machine and the pages that all zones manage; undefined where one is unknown. */
  readonly machine: CountedMemory | undefined
  /** Bytes of the blocks that are online and the pages that are present in all zones; undefined where one is unknown. */
  readonly blocks: CountedMemory | undefined
}

/** The size of a base page, and where it comes from. @beta */
export interface PageSize {
  readonly bytes: number
  readonly from: PageSizeSource
}

const pagesOf = (zones: readonly ZoneText[], counter: 'managed' | 'present'): number =>
  zones.reduce((total, { counters }) => total + (counters.get(counter) ?? 0), 0)

const counted = (bytes: number | null, pages: number): CountedMemory | undefined =>
  bytes === null || bytes === 0 || pages === 0 ? undefined : { bytes, pages }

/**
 * The bytes of a base page, as the files of a machine tell it. See `pageSizeFrom`.
 * @param archPageBytes sizes that the architecture has; undefined where it is unknown
 * @beta
 */
export const derivePageBytes = (
  { nodes, zones, totals }: CountedFiles,
  archPageBytes?: readonly number[],
): PageSize =>
  pageSizeFrom({
    archPageBytes,
    nodes: nodes.flatMap(({ id, memTotalBytes }) => {
      const own = zones.filter(({ node }) => node === id)
      return counted(memTotalBytes, pagesOf(own, 'managed')) ?? []
    }),
    machine: counted(totals.memTotalBytes, pagesOf(zones, 'managed')),
    blocks: counted(totals.onlineBytes, pagesOf(zones, 'present')),
  })

const PAGE_BYTES: readonly number[] = [4096, 16_384, 65_536]
const ASSUMED_BYTES = 4096
/** Nodes' files are read one after the other, while memory comes and goes. */
const NODE_TOLERANCE = 1.02

const nearestPowerOfTwo = (ratio: number): number => 2 ** Math.round(Math.log2(ratio))

/** The page size that a count gives: how often the smaller goes into the larger is at most `tolerance` off. */
function sizeOf(
  { bytes, pages }: CountedMemory,
  { sizes, tolerance }: { readonly sizes: readonly number[]; readonly tolerance: number },
): number | undefined {
  if (bytes <= 0 || pages <= 0) return undefined
  const size = nearestPowerOfTwo(bytes / pages)
  if (!sizes.includes(size)) return undefined
  const off = bytes / pages / size
  return off <= tolerance && 1 / off <= tolerance ? size : undefined
}

/** The size on which all nodes that tell one agree; undefined where they do not, or none tells. */
function sizeOfNodes(
  nodes: readonly CountedMemory[],
  sizes: readonly number[],
): number | undefined {
  const counted = nodes.filter(({ bytes, pages }) => bytes > 0 && pages > 0)
  const [first, ...others] = counted.map((node) =>
    sizeOf(node, { sizes, tolerance: NODE_TOLERANCE }),
  )
  return others.every((size) => size === first) ? first : undefined
}

/**
 * Finds the bytes of a base page. No file of sysfs states it, so it is taken from, in this order:
 *
 * | from | why it is right |
 * | --- | --- |
 * | `given` | the caller knows it (a capture's page summary, `getconf PAGESIZE`), and does not ask here |
 * | `architecture` | it has one size only |
 * | `node-meminfo` | a node's MemTotal is the sum of `managed` of its zones, in kB |
 * | `meminfo` | MemTotal is the sum of `managed` of all zones, in kB: believed where it is that exactly, and no block contradicts |
 * | `blocks` | pages present fill the online blocks but for holes, which stay below a factor of 1.4 |
 * | `assumed` | the smallest size of the architecture, with a note |
 *
 * While a kernel puts initialisation off, MemTotal of /proc/meminfo counts pages that no zone manages yet: it is then up to
 * several times the sum of `managed`, and tells nothing.
 */
export function pageSizeFrom(evidence: PageSizeEvidence): PageSize {
  const { archPageBytes, nodes, machine, blocks } = evidence
  const sizes = archPageBytes ?? PAGE_BYTES
  const [smallest = ASSUMED_BYTES] = sizes
  if (archPageBytes?.length === 1) return { bytes: smallest, from: 'architecture' }
  const ofNodes = sizeOfNodes(nodes, sizes)
  if (ofNodes !== undefined) return { bytes: ofNodes, from: 'node-meminfo' }
  const ofBlocks = blocks && sizeOf(blocks, { sizes, tolerance: Math.SQRT2 })
  const ofMachine = machine && sizeOf(machine, { sizes, tolerance: 1 })
  if (ofMachine !== undefined && (ofBlocks ?? ofMachine) === ofMachine) {
    return { bytes: ofMachine, from: 'meminfo' }
  }
  if (ofBlocks !== undefined) return { bytes: ofBlocks, from: 'blocks' }
  return { bytes: smallest, from: 'assumed' }
}
