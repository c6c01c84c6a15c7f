import type { BlockContents, BlockInfo, PageClass, Topology, ZoneInfo } from '@memhp/topology'

/** What the pages of a block are used for, in base pages. */
export interface Holdings {
  /** `counted`: from page flags. `estimated`: the zone's average. */
  readonly source: 'counted' | 'estimated'
  readonly free: number
  /** On the LRU: programs’ memory and page cache. It has to find room elsewhere. */
  readonly movable: number
  /** In huge pages, used or free. */
  readonly huge: number
  /** The kernel’s own: slab, page tables and other memory that stays where it is. */
  readonly kernel: number
  /** Reserved at boot, and holes: nothing that moves. */
  readonly reserved: number
  /** With hardware errors: out of use, and no hindrance on the way offline. */
  readonly poisoned: number
  /** In use, for an unknown purpose. */
  readonly unknown: number
}

const sumOf = (counts: BlockContents['counts'], classes: readonly PageClass[]): number =>
  classes.reduce((sum, name) => sum + (counts[name] ?? 0), 0)

/**
 * Pages of each kind, as a capture's page summary counted them. A page without a flag is the kernel's own in a kernel
 * zone; in Movable it is on its way to or from a list.
 */
function countedHoldings({ counts }: BlockContents, zone: 'kernel' | 'movable'): Holdings {
  const unflagged = sumOf(counts, ['unflagged'])
  const isKernels = zone === 'kernel'
  return {
    source: 'counted',
    free: sumOf(counts, ['free']),
    movable: sumOf(counts, ['anonymous', 'file']),
    huge: sumOf(counts, ['hugetlb']),
    kernel: sumOf(counts, ['slab', 'pageTable', 'other']) + (isKernels ? unflagged : 0),
    reserved: sumOf(counts, ['reserved', 'hole']),
    poisoned: sumOf(counts, ['poisoned']),
    unknown: sumOf(counts, ['withheld']) + (isKernels ? 0 : unflagged),
  }
}

/** Pages of a block with hardware errors, as far as page flags tell. */
export const poisonedIn = ({ contents }: BlockInfo): number => contents?.counts.poisoned ?? 0

/** The zone of an online block; undefined where it has none or the tree does not say. */
export function zoneOfBlock(topology: Topology, block: BlockInfo): ZoneInfo | undefined {
  const { zones } = block
  if (zones.kind !== 'in') return undefined
  // A kernel without NUMA lists its zones under node 0 and gives its blocks no node.
  const node = block.nodes[0] ?? topology.zones[0]?.node
  return topology.zones.find((zone) => zone.node === node && zone.name === zones.name)
}

/** The zone's average over one block. */
function estimatedHoldings(zone: ZoneInfo, pages: number): Holdings | undefined {
  const { managedPages, freePages, name } = zone
  if (freePages === null || managedPages === 0) return undefined
  const used = Math.round((1 - Math.min(1, freePages / managedPages)) * pages)
  const isMovable = name === 'Movable'
  return {
    source: 'estimated',
    free: pages - used,
    movable: isMovable ? used : 0,
    huge: 0,
    kernel: 0,
    reserved: 0,
    poisoned: 0,
    unknown: isMovable ? 0 : used,
  }
}

/**
 * What a block holds: counted where the capture has page flags, else the average of its zone.
 * @returns undefined for a block that is not online, and where nothing is known
 */
export function holdingsOf(topology: Topology, block: BlockInfo): Holdings | undefined {
  if (block.state !== 'online') return undefined
  if (block.contents !== null) {
    const isMovable = block.zones.kind === 'in' && block.zones.name === 'Movable'
    return countedHoldings(block.contents, isMovable ? 'movable' : 'kernel')
  }
  const zone = zoneOfBlock(topology, block)
  const pages = (block.end - block.start) / topology.pageBytes
  return zone === undefined ? undefined : estimatedHoldings(zone, pages)
}

/** Pages that must find room elsewhere before the block can go. */
export const pagesToMove = ({ movable, unknown }: Holdings): number => movable + unknown
