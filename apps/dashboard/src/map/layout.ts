// Where each block of a machine lies on the map. One unit of the map is one block.
import type { BlockRun } from '../protocol/machine-view'

/** Neighbouring blocks of one panel. Block numbers, `end` exclusive; `slot` is the place of the first in all columns. */
interface Segment {
  readonly start: number
  readonly end: number
  readonly slot: number
  /** Row of the panel that it begins in. */
  readonly row: number
}

/** The blocks of one node, in rows. Units of the map. */
export interface Panel {
  readonly node: number
  readonly segments: readonly Segment[]
  readonly columns: number
  readonly rows: number
  readonly x: number
  readonly y: number
}

/** The whole map. */
export interface Layout {
  readonly panels: readonly Panel[]
  readonly width: number
  readonly height: number
  /** Room above each panel, for its title. */
  readonly header: number
  /** How many blocks have a place. */
  readonly slots: number
}

/** A stretch of blocks of one node. */
export type NodeRange = Pick<BlockRun, 'start' | 'end'> & { readonly node: number }

const MOST_COLUMNS = 512

/** Columns that make panels of this many blocks somewhat wider than high; a power of two, so that rows begin at round addresses. */
function columnsFor(blocks: number): number {
  const wished = 2 ** Math.ceil(Math.log2(Math.sqrt(Math.max(1, blocks) * 1.6)))
  return Math.min(MOST_COLUMNS, Math.max(8, wished))
}

/** Joins ranges that touch or overlap. */
function joined(ranges: readonly NodeRange[]): readonly NodeRange[] {
  const found: { start: number; end: number; node: number }[] = []
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = found.at(-1)
    if (last !== undefined && last.node === range.node && range.start <= last.end)
      last.end = Math.max(last.end, range.end)
    else found.push({ ...range })
  }
  return found
}

/** Panels beside each other that bring the whole nearest to the shape of a screen. */
function panelsPerRow(
  panels: number,
  size: { readonly width: number; readonly height: number },
): number {
  let best = 1
  let distance = Number.POSITIVE_INFINITY
  for (let across = 1; across <= panels; across++) {
    const down = Math.ceil(panels / across)
    const shape = (across * size.width) / (down * size.height)
    const off = Math.abs(Math.log(shape / 1.5))
    if (off < distance) [best, distance] = [across, off]
  }
  return best
}

/**
 * Places blocks: a panel for each node, in it row after row by address; a hole begins a new row.
 * @param ranges of blocks that exist, or come to exist, with their nodes; of overlapping ones the first has the block
 */
export function placeBlocks(ranges: readonly NodeRange[]): Layout {
  const byNode = new Map<number, NodeRange[]>()
  for (const range of joined(ranges)) {
    const list = byNode.get(range.node) ?? []
    list.push(range)
    byNode.set(range.node, list)
  }
  const sizes = [...byNode.values()].map((list) =>
    list.reduce((sum, { start, end }) => sum + end - start, 0),
  )
  const columns = columnsFor(Math.max(0, ...sizes))
  let slot = 0
  const bare = [...byNode]
    .sort(([a], [b]) => a - b)
    .map(([node, list]) => {
      let row = 0
      const segments = list.map(({ start, end }): Segment => {
        const segment = { start, end, slot, row }
        slot += end - start
        row += Math.ceil((end - start) / columns)
        return segment
      })
      return { node, segments, columns, rows: row }
    })
  return placePanels(bare, { columns, slots: slot })
}

function placePanels(
  bare: readonly Omit<Panel, 'x' | 'y'>[],
  { columns, slots }: { readonly columns: number; readonly slots: number },
): Layout {
  const gap = Math.max(0.8, columns / 24)
  const header = Math.max(0.9, columns / 16)
  const tallest = Math.max(1, ...bare.map(({ rows }) => rows))
  const across = panelsPerRow(bare.length, { width: columns + gap, height: tallest + header + gap })
  let [y, height, right] = [0, 0, 0]
  const panels = bare.map((panel, index): Panel => {
    const at = index % across
    if (at === 0 && index > 0) {
      y += height + gap
      height = 0
    }
    height = Math.max(height, panel.rows + header)
    const x = at * (columns + gap)
    right = Math.max(right, x + columns)
    return { ...panel, x, y: y + header }
  })
  return { panels, width: right, height: y + height, header, slots }
}

/** Whether every block has the same place in both. */
export function sameLayout(a: Layout, b: Layout): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

/** Place of a block in the columns; -1 where it has none. */
export function slotOf(layout: Layout, block: number): number {
  for (const { segments } of layout.panels) {
    for (const { start, end, slot } of segments) {
      if (start <= block && block < end) return slot + block - start
    }
  }
  return -1
}

/** A block on the map: its number, its place in the columns, and its upper left corner. */
export interface PlacedBlock {
  readonly block: number
  readonly slot: number
  readonly x: number
  readonly y: number
}

const placeIn = (panel: Panel, segment: Segment, offset: number): PlacedBlock => ({
  block: segment.start + offset,
  slot: segment.slot + offset,
  x: panel.x + (offset % panel.columns),
  y: panel.y + segment.row + Math.floor(offset / panel.columns),
})

/** Where a block lies; undefined where it has no place. */
export function placeOf(layout: Layout, block: number): PlacedBlock | undefined {
  for (const panel of layout.panels) {
    const segment = panel.segments.find(({ start, end }) => start <= block && block < end)
    if (segment !== undefined) return placeIn(panel, segment, block - segment.start)
  }
  return undefined
}

/** The block in a place of the columns; undefined before the first and behind the last. */
export function blockInSlot({ panels }: Layout, slot: number): number | undefined {
  for (const { segments } of panels) {
    const segment = segments.find(
      ({ start, end, slot: first }) => first <= slot && slot < first + end - start,
    )
    if (segment !== undefined) return segment.start + slot - segment.slot
  }
  return undefined
}

/** The block at a point of the map; undefined between blocks. */
export function blockAt(layout: Layout, x: number, y: number): PlacedBlock | undefined {
  for (const panel of layout.panels) {
    const column = Math.floor(x - panel.x)
    const row = Math.floor(y - panel.y)
    if (column < 0 || column >= panel.columns || row < 0 || row >= panel.rows) continue
    const segment = panel.segments.findLast((each) => each.row <= row)
    if (segment === undefined) return undefined
    const offset = (row - segment.row) * panel.columns + column
    return offset < segment.end - segment.start ? placeIn(panel, segment, offset) : undefined
  }
  return undefined
}

/** Every block that a rectangle of the map touches. */
export function* blocksIn(
  layout: Layout,
  area: {
    readonly left: number
    readonly top: number
    readonly right: number
    readonly bottom: number
  },
): Iterable<PlacedBlock> {
  for (const panel of layout.panels) {
    const first = Math.max(0, Math.floor(area.left - panel.x))
    const end = Math.min(panel.columns, Math.ceil(area.right - panel.x))
    for (const segment of panel.segments) {
      const count = segment.end - segment.start
      const top = panel.y + segment.row
      const rows = Math.ceil(count / panel.columns)
      const from = Math.max(0, Math.floor(area.top - top))
      const to = Math.min(rows, Math.ceil(area.bottom - top))
      for (let row = from; row < to; row++) {
        for (let column = first; column < end; column++) {
          const offset = row * panel.columns + column
          if (offset < count) yield placeIn(panel, segment, offset)
        }
      }
    }
  }
}
