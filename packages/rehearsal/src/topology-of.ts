import type { BlockId, Machine } from '@memhp/core'
import { blockRange, countPages } from '@memhp/core/inspect'
import { type BlockContents, type ExplainedTopology, readTopology } from '@memhp/topology'

/** What the pages of a block are used for, in the classes that a capture has. */
function contentsOf(machine: Machine, id: BlockId): BlockContents {
  const pages = countPages(machine, blockRange(machine, id))
  return {
    counts: {
      hole: pages.offline,
      poisoned: pages.poisoned,
      withheld: pages.withheld,
      // A block takes the struct pages that it holds itself along.
      free: pages.free + pages.perCpu + pages.selfHostedMemmap,
      reserved: pages.reserved,
      slab: pages.slab,
      pageTable: pages.table,
      other: pages.memmap + pages.pinned,
      hugetlb: pages.hugetlb + pages.hugetlbFree,
      file: pages.lru - pages.pinned,
    },
  }
}

/**
 * A machine as its own files tell it, and with what its pages hold.
 * @param options.release the kernel that it is read as, where its files do not say
 * @param options.onBlock called for each block as it is read
 */
export const topologyOf = (
  machine: Machine,
  { release, onBlock }: { readonly release?: string; readonly onBlock?: () => void } = {},
): Promise<ExplainedTopology> =>
  readTopology(machine.tree, {
    arch: machine.arch.name,
    ...(release === undefined ? {} : { release }),
    pageBytes: machine.geometry.pageBytes,
    contents: (id) => {
      onBlock?.()
      return contentsOf(machine, id)
    },
  })
