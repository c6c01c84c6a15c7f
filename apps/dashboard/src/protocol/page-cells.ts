/** What a cell of the page view shows, by its number in `CellsView.cells`. Later entries win where a cell stands for several pages. */
export const PAGE_CELLS = [
  'absent',
  'offline',
  'free-huge-order',
  'free-mid-order',
  'free-small-order',
  'isolated',
  'movable',
  'memmap',
  'huge',
  'huge-free',
  'withheld',
  'table',
  'kernel',
  'reserved',
  'pinned',
  'poisoned',
] as const

/** Name of a cell. */
export type PageCell = (typeof PAGE_CELLS)[number]

/** Number of a cell's name. */
export const pageCell = (name: PageCell): number => PAGE_CELLS.indexOf(name)

/** The same in words. */
export const PAGE_CELL_WORDS: Readonly<Record<PageCell, string>> = {
  absent: 'not present',
  offline: 'offline',
  'free-huge-order': 'free, in chunks of order 9 and more',
  'free-mid-order': 'free, in chunks of order 4 to 8',
  'free-small-order': 'free, in chunks below order 4',
  isolated: 'free, isolated',
  movable: 'in use, movable (files, programs)',
  memmap: 'struct pages (memmap)',
  huge: 'huge page in use',
  'huge-free': 'huge page, free',
  withheld: 'withheld (balloon, virtio-mem)',
  table: 'page table',
  kernel: 'kernel memory, unmovable',
  reserved: 'reserved at boot',
  pinned: 'pinned, cannot move',
  poisoned: 'hardware error',
}
