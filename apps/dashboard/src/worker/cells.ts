import { type Machine, sectionNr } from '@memhp/core'
import {
  findSection,
  MIGRATE_TYPE,
  PAGE_FLAG,
  PAGE_KIND,
  type PageColumns,
  planCapturedUse,
  type Section,
} from '@memhp/core/inspect'
import { pageCell } from '../protocol/page-cells'

/** Cells that a block has at most: more pages share a cell. */
const MOST_CELLS = 32_768

const CELL_OF_KIND: Readonly<Record<number, number>> = {
  [PAGE_KIND.offline]: pageCell('offline'),
  [PAGE_KIND.reserved]: pageCell('reserved'),
  [PAGE_KIND.perCpu]: pageCell('free-small-order'),
  [PAGE_KIND.lru]: pageCell('movable'),
  [PAGE_KIND.slab]: pageCell('kernel'),
  [PAGE_KIND.table]: pageCell('table'),
  [PAGE_KIND.memmap]: pageCell('memmap'),
  [PAGE_KIND.selfHostedMemmap]: pageCell('memmap'),
  [PAGE_KIND.withheld]: pageCell('withheld'),
  [PAGE_KIND.hugetlb]: pageCell('huge'),
  [PAGE_KIND.hugetlbFree]: pageCell('huge-free'),
}

function cellOfOrder(order: number): number {
  if (order >= 9) return pageCell('free-huge-order')
  return pageCell(order >= 4 ? 'free-mid-order' : 'free-small-order')
}

const cellOf = (kind: number, flags: number, order: number): number => {
  if ((flags & PAGE_FLAG.hwpoison) !== 0) return pageCell('poisoned')
  if ((flags & PAGE_FLAG.pinned) !== 0) return pageCell('pinned')
  if (kind === PAGE_KIND.free) return cellOfOrder(order)
  return CELL_OF_KIND[kind] ?? pageCell('offline')
}

/** Where the pages of a section go. */
interface Canvas {
  readonly cells: Uint8Array
  readonly pagesPerCell: number
  /** Place of the section's first page in the block. */
  readonly base: number
}

function put(
  { cells, pagesPerCell, base }: Canvas,
  pages: { start: number; end: number },
  cell: number,
): void {
  const first = Math.floor((base + pages.start) / pagesPerCell)
  const last = Math.floor((base + pages.end - 1) / pagesPerCell)
  for (let at = first; at <= last; at++) cells[at] = Math.max(cells[at] ?? 0, cell)
}

/** A section whose descriptors exist one by one. */
function putColumns(
  canvas: Canvas,
  section: Readonly<Section>,
  pages: PageColumns,
  pageblockPages: number,
): void {
  const { kind, flags, order } = pages
  const isolated = pageCell('isolated')
  let head = 0
  for (let at = 0; at < kind.length; at++) {
    const is = kind[at] ?? 0
    const isTail = is === PAGE_KIND.freeTail || is === PAGE_KIND.hugetlbTail
    if (!isTail) head = cellOf(is, flags[at] ?? 0, order[at] ?? 0)
    const type = section.pageblocks?.[Math.floor(at / pageblockPages)]
    const isFree = is === PAGE_KIND.free || is === PAGE_KIND.freeTail
    const isAway = isFree && type === MIGRATE_TYPE.isolate
    put(canvas, { start: at, end: at + 1 }, isAway ? isolated : head)
  }
}

/** A section that is alike all over, or follows a plan. */
function putSummary(canvas: Canvas, machine: Machine, section: Readonly<Section>): void {
  const { pagesPerSection, maxOrder } = machine.geometry
  const whole = { start: 0, end: pagesPerSection }
  switch (section.summary) {
    case 'offline':
      put(canvas, whole, pageCell('offline'))
      break
    case 'reserved':
      put(canvas, whole, pageCell('reserved'))
      break
    case 'isolated':
      put(canvas, whole, pageCell('isolated'))
      break
    case 'free':
      put(canvas, whole, cellOfOrder(maxOrder))
      break
    case 'captured':
      for (const segment of planCapturedUse(machine, section)) {
        const order = Math.floor(Math.log2(segment.end - segment.start))
        put(canvas, segment, cellOf(segment.kind, segment.flags, Math.min(order, maxOrder)))
      }
  }
  if (section.selfHostedPages > 0)
    put(canvas, { start: 0, end: section.selfHostedPages }, pageCell('memmap'))
  for (const page of section.poisonedPages) {
    const at = page % pagesPerSection
    put(canvas, { start: at, end: at + 1 }, pageCell('poisoned'))
  }
}

/** The pages of a block as cells. Materialises nothing. */
export function cellsOfBlock(machine: Machine, block: number): Uint8Array {
  const { pagesPerBlock, pagesPerSection, sectionsPerBlock, pageblockPages } = machine.geometry
  const pagesPerCell = Math.max(1, Math.ceil(pagesPerBlock / MOST_CELLS))
  const cells = new Uint8Array(Math.ceil(pagesPerBlock / pagesPerCell))
  for (let i = 0; i < sectionsPerBlock; i++) {
    const section = findSection(machine, sectionNr(block * sectionsPerBlock + i))
    if (section === undefined) continue
    const canvas = { cells, pagesPerCell, base: i * pagesPerSection }
    if (section.pages === null) putSummary(canvas, machine, section)
    else putColumns(canvas, section, section.pages, pageblockPages)
  }
  return cells
}
