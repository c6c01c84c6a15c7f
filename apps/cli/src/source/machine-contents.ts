import type { BlockId, Machine } from '@memhp/core'
import { blockRange, countPages } from '@memhp/core/inspect'
import type { BlockContents } from '@memhp/topology'

/** What the pages of a machine's block are used for, in the classes that a capture has. */
export function contentsOf(machine: Machine, id: BlockId): BlockContents {
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
