// Pictures of panels with one pixel a block, cut into tiles: only those in view are drawn, and made anew where something changed.
import type { BlockColumns } from './block-columns'
import { painterOf } from './colour-blocks'
import type { Panel } from './layout'
import type { ColourBy, Theme } from './palette'

/** Rows of one tile. */
const TILE_ROWS = 128

/** A part of a panel as a picture. */
export interface Tile {
  readonly panel: Panel
  readonly firstRow: number
  readonly rows: number
  readonly picture: OffscreenCanvas
}

interface MadeTile extends Tile {
  isStale: boolean
}

/** The pictures of all panels. */
export class Tiles {
  readonly #columns: BlockColumns
  readonly #tiles: readonly MadeTile[]
  #by: ColourBy = 'outlook'
  #theme: Theme = 'light'

  constructor(columns: BlockColumns) {
    this.#columns = columns
    this.#tiles = columns.layout.panels.flatMap((panel) =>
      Array.from({ length: Math.ceil(panel.rows / TILE_ROWS) }, (_, index): MadeTile => {
        const firstRow = index * TILE_ROWS
        const rows = Math.min(TILE_ROWS, panel.rows - firstRow)
        const picture = new OffscreenCanvas(panel.columns, rows)
        return { panel, firstRow, rows, picture, isStale: true }
      }),
    )
  }

  /** Colours otherwise from now on. */
  colour(by: ColourBy, theme: Theme): void {
    if (by === this.#by && theme === this.#theme) return
    this.#by = by
    this.#theme = theme
    this.refresh()
  }

  /** Everything is to be made anew when it is drawn next. */
  refresh(): void {
    for (const tile of this.#tiles) tile.isStale = true
  }

  /** Tiles that a rectangle of the map touches, as they are now. */
  within(area: { left: number; top: number; right: number; bottom: number }): readonly Tile[] {
    return this.#tiles.filter((tile) => {
      const { panel, firstRow, rows } = tile
      const [left, top] = [panel.x, panel.y + firstRow]
      const isSeen =
        left < area.right &&
        area.left < left + panel.columns &&
        top < area.bottom &&
        area.top < top + rows
      if (isSeen && tile.isStale) this.#make(tile)
      return isSeen
    })
  }

  #make(tile: MadeTile): void {
    const { panel, firstRow, rows, picture } = tile
    const context = picture.getContext('2d')
    if (context === null) return
    const paint = painterOf(this.#columns, this.#by, this.#theme)
    const image = new ImageData(panel.columns, rows)
    const words = new Uint32Array(image.data.buffer)
    for (const { start, end, slot, row } of panel.segments) {
      const from = Math.max(0, (firstRow - row) * panel.columns)
      const to = Math.min(end - start, (firstRow + rows - row) * panel.columns)
      const base = (row - firstRow) * panel.columns
      for (let offset = from; offset < to; offset++) words[base + offset] = paint(slot + offset)
    }
    context.putImageData(image, 0, 0)
    tile.isStale = false
  }
}
