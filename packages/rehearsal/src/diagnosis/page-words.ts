import type { PageKindName } from '@memhp/core/inspect'

/** What a page is, for people. */
export const PAGE_WORDS: Readonly<Record<PageKindName, string>> = {
  offline: 'a page without a memmap: offline, or a hole',
  reserved: 'a page reserved at boot',
  free: 'a free page',
  freeTail: 'a free page',
  perCpu: 'a free page in a per-CPU list',
  lru: 'a page of a program or of the page cache',
  slab: 'kernel memory (slab, stacks, driver buffers)',
  table: 'a page table of the kernel',
  memmap: 'struct pages, which describe other memory',
  selfHostedMemmap: 'struct pages, which describe this block',
  withheld: 'a page that a balloon or virtio-mem keeps',
  hugetlb: 'a huge page in use',
  hugetlbFree: 'a free huge page',
  hugetlbTail: 'part of a huge page',
}
