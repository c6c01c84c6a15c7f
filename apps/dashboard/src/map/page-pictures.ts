// Pictures of the pages of blocks, asked for when a block is near enough, and kept as long as there is room.
import type { CellsView } from '../protocol/messages'
import { cellColours, imageWord, type Theme } from './palette'

/** Pictures that are kept at a time: 32,768 pages are 128 KiB each. */
const MOST_PICTURES = 400
/** Requests under way at a time. */
const MOST_REQUESTS = 3
/** Pixels below which a block shows its small picture. */
const FAR = 200

/** Asks for the pages of a block at a moment; null where they are not known. */
export type AskCells = (block: number, frame: number) => Promise<CellsView | null>

/** Cells of one side of a square that becomes one pixel of the small picture. */
const POOL = 8

interface Kept {
  readonly near: OffscreenCanvas
  readonly far: OffscreenCanvas
  readonly frame: number
}

/** Draws cells, one pixel each. */
function pictureOf({ cells, columns }: CellsView, theme: Theme): OffscreenCanvas {
  const words = cellColours(theme).map(imageWord)
  const rows = Math.ceil(cells.length / columns)
  const picture = new OffscreenCanvas(columns, rows)
  const image = new ImageData(columns, rows)
  const pixels = new Uint32Array(image.data.buffer)
  cells.forEach((cell, at) => {
    pixels[at] = words[cell] ?? 0
  })
  picture.getContext('2d')?.putImageData(image, 0, 0)
  return picture
}

/**
 * The same, smaller: a pixel shows what stands most in the way of the pages that it is for, so that a single page which
 * cannot move is seen from afar.
 */
function pooled(view: CellsView): CellsView {
  const rows = Math.ceil(view.cells.length / view.columns)
  const columns = Math.ceil(view.columns / POOL)
  const cells = new Uint8Array(columns * Math.ceil(rows / POOL))
  view.cells.forEach((cell, at) => {
    const [row, column] = [Math.floor(at / view.columns), at % view.columns]
    const to = Math.floor(row / POOL) * columns + Math.floor(column / POOL)
    cells[to] = Math.max(cells[to] ?? 0, cell)
  })
  return { cells, columns }
}

/** The pictures. */
export class PagePictures {
  readonly #ask: AskCells
  readonly #arrived: () => void
  readonly #kept = new Map<number, Kept>()
  readonly #asked = new Set<number>()
  #theme: Theme = 'light'
  #epoch = 0

  /** @param arrived called when a picture has come that was missing */
  constructor(ask: AskCells, arrived: () => void) {
    this.#ask = ask
    this.#arrived = arrived
  }

  /**
   * The picture of a block at a frame; an older one of it meanwhile; undefined where there is none yet.
   * @param size pixels that there are for it
   */
  of(block: number, frame: number, size: number): OffscreenCanvas | undefined {
    const kept = this.#kept.get(block)
    if (kept?.frame !== frame && this.#asked.size < MOST_REQUESTS && !this.#asked.has(block))
      void this.#fetch(block, frame)
    return size < FAR ? kept?.far : kept?.near
  }

  /** Draws in other colours from now on. */
  theme(theme: Theme): void {
    if (theme === this.#theme) return
    this.#theme = theme
    this.clear()
  }

  /** Forgets everything: the machine is another, or did other things. */
  clear(): void {
    this.#epoch += 1
    this.#kept.clear()
    this.#asked.clear()
  }

  async #fetch(block: number, frame: number): Promise<void> {
    const epoch = this.#epoch
    this.#asked.add(block)
    const cells = await this.#ask(block, frame).catch(() => null)
    if (epoch !== this.#epoch) return
    this.#asked.delete(block)
    if (cells === null) return
    this.#kept.delete(block)
    const [near, far] = [pictureOf(cells, this.#theme), pictureOf(pooled(cells), this.#theme)]
    this.#kept.set(block, { near, far, frame })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST_PICTURES && oldest !== undefined) this.#kept.delete(oldest)
    this.#arrived()
  }
}
