import { type Machine, pfn } from '@memhp/core'
import { countPages, type PageCounts } from '@memhp/core/inspect'
import type { Scope } from './scope'

/** Base pages by use. */
export interface UseCounts {
  /** Free, also in per-CPU lists and in free huge pages: what can be had. */
  readonly available: number
  /** On the LRU and in huge pages in use: what moves when its block goes. */
  readonly movable: number
  /** Pages of the kernel's page tables. */
  readonly tables: number
  /** Pages that hold struct pages. */
  readonly memmap: number
  /** Other memory of the kernel's own. */
  readonly kernel: number
  readonly reserved: number
  /** Withheld by a balloon or virtio-mem, or poisoned. */
  readonly withheld: number
  readonly offline: number
}

/** Pages inside the memory that is emptied, and everywhere else. */
export interface PageUse {
  readonly inside: UseCounts
  readonly elsewhere: UseCounts
}

const useOf = (counts: PageCounts): UseCounts => ({
  available: counts.free + counts.perCpu + counts.hugetlbFree,
  movable: counts.lru + counts.hugetlb,
  tables: counts.table,
  memmap: counts.memmap,
  kernel: counts.slab,
  reserved: counts.reserved + counts.selfHostedMemmap,
  withheld: counts.withheld,
  offline: counts.offline,
})

const combine = (a: UseCounts, b: UseCounts, sign: 1 | -1): UseCounts => ({
  available: a.available + sign * b.available,
  movable: a.movable + sign * b.movable,
  tables: a.tables + sign * b.tables,
  memmap: a.memmap + sign * b.memmap,
  kernel: a.kernel + sign * b.kernel,
  reserved: a.reserved + sign * b.reserved,
  withheld: a.withheld + sign * b.withheld,
  offline: a.offline + sign * b.offline,
})

const NO_USE: UseCounts = {
  available: 0,
  movable: 0,
  tables: 0,
  memmap: 0,
  kernel: 0,
  reserved: 0,
  withheld: 0,
  offline: 0,
}

/** Counts pages by use, inside a scope and outside it. Costs what has been looked at page by page. */
export function countPageUse(machine: Machine, scope: Scope): PageUse {
  const { pageBytes } = machine.geometry
  const end = pfn(2 ** machine.arch.geometry.maxPhysMemBits / pageBytes)
  const inside = scope.emptied
    .map((range) => ({ start: pfn(range.start / pageBytes), end: pfn(range.end / pageBytes) }))
    .map((range) => useOf(countPages(machine, range)))
    .reduce((sum, counts) => combine(sum, counts, 1), NO_USE)
  const all = useOf(countPages(machine, { start: pfn(0), end }))
  return { inside, elsewhere: combine(all, inside, -1) }
}
