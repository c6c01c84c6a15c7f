// The map on its canvas: what is seen of it, what the pointer and the keys do to it, and when it is drawn.
import type { BlockColumns } from './block-columns'
import { type Camera, centredOn, fitted, panned, type Size, zoomed } from './camera'
import { blockAt, blockInSlot, type PlacedBlock, placeOf, sameLayout } from './layout'
import { type AskCells, PagePictures } from './page-pictures'
import { type Picture, paint } from './paint'
import type { ColourBy, Theme } from './palette'
import { Tiles } from './tiles'

/** What is told to whoever has the map. */
export interface MapListener {
  hovered(place: PlacedBlock | null): void
  focused(block: number | null): void
  ask: AskCells
}

/** What the map shows, and how. */
export interface MapScene {
  readonly columns: BlockColumns
  readonly frame: number
  readonly by: ColourBy
  readonly theme: Theme
  readonly marked: ReadonlySet<number>
  /** Block in the focus; null: none. */
  readonly focused: number | null
  readonly sectionsPerBlock: number
  readonly titleOf: (node: number) => string
}

const NEAR = 300
const KEY_PAN = 80

/** Draws at most once a frame of the screen. */
export class MapController {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D | null
  readonly #listener: MapListener
  readonly #pages: PagePictures
  #scene: MapScene | null = null
  #tiles: Tiles | null = null
  #camera: Camera = { x: 0, y: 0, scale: 1 }
  #view: Size = { width: 1, height: 1 }
  #hovered: number | null = null
  #isWaiting = false
  #isTouched = false
  #isFirst = true

  constructor(canvas: HTMLCanvasElement, listener: MapListener) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })
    this.#listener = listener
    this.#pages = new PagePictures(listener.ask, () => this.draw())
  }

  /** Shows something else: another machine, another moment, other colours. A map of the same places is seen as before. */
  show(scene: MapScene): void {
    const before = this.#scene
    this.#scene = scene
    if (before?.columns !== scene.columns) {
      this.#tiles = new Tiles(scene.columns)
      this.#pages.clear()
      this.#hovered = null
      if (before === null || !sameLayout(before.columns.layout, scene.columns.layout)) this.fit()
    } else if (before.frame !== scene.frame) this.#tiles?.refresh()
    this.#tiles?.colour(scene.by, scene.theme)
    this.#pages.theme(scene.theme)
    this.draw()
  }

  /** The canvas has another size. */
  resize(width: number, height: number): void {
    const ratio = Math.min(2, devicePixelRatio)
    this.#canvas.width = Math.round(width * ratio)
    this.#canvas.height = Math.round(height * ratio)
    this.#view = { width, height }
    if (!this.#isTouched) this.fit()
    this.draw()
  }

  /** All of the map. */
  fit(): void {
    if (this.#scene === null) return
    this.#isTouched = false
    this.#camera = fitted(this.#scene.columns.layout, this.#view)
    this.draw()
  }

  /** @param at pixels; default: the middle */
  zoom(factor: number, at = { x: this.#view.width / 2, y: this.#view.height / 2 }): void {
    if (this.#scene === null) return
    this.#isTouched = true
    const bounds = { map: this.#scene.columns.layout, view: this.#view }
    this.#camera = zoomed(this.#camera, factor, { at, ...bounds })
    this.draw()
  }

  /** Moves by pixels. */
  pan(dx: number, dy: number): void {
    if (this.#scene === null) return
    this.#isTouched = true
    const bounds = { map: this.#scene.columns.layout, view: this.#view }
    this.#camera = panned(this.#camera, { dx, dy }, bounds)
    this.draw()
  }

  /** A block in the middle, with its pages. */
  approach(block: number): void {
    const place = this.#scene === null ? undefined : placeOf(this.#scene.columns.layout, block)
    if (place === undefined) return
    this.#isTouched = true
    this.#camera = centredOn(place, Math.max(this.#camera.scale, NEAR), this.#view)
    this.draw()
  }

  /** The pointer is somewhere, in pixels; null: it has left. */
  point(at: { readonly x: number; readonly y: number } | null): void {
    const place = at === null ? undefined : this.#placeAt(at)
    if ((place?.block ?? null) === this.#hovered) return
    this.#hovered = place?.block ?? null
    this.#listener.hovered(place ?? null)
    this.draw()
  }

  /** Focuses the block at a point. */
  press(at: { readonly x: number; readonly y: number }): void {
    this.focus(this.#placeAt(at)?.block ?? null)
  }

  /** Focuses a block; null: none. */
  focus(block: number | null): void {
    const layout = this.#scene?.columns.layout
    const place = block === null || layout === undefined ? undefined : placeOf(layout, block)
    this.#listener.focused(place?.block ?? null)
  }

  /** @returns whether the key means something here */
  key(key: string, modifiers: { readonly shift: boolean }): boolean {
    const arrow = ARROWS[key]
    if (arrow !== undefined) {
      if (modifiers.shift) this.pan(-arrow.dx * KEY_PAN, -arrow.dy * KEY_PAN)
      else this.#step(arrow)
      return true
    }
    switch (key) {
      case '+':
      case '=':
        this.zoom(1.3)
        return true
      case '-':
        this.zoom(1 / 1.3)
        return true
      case '0':
      case 'Home':
        this.fit()
        return true
      case 'Enter':
        if (typeof this.#scene?.focused === 'number') this.approach(this.#scene.focused)
        return true
      default:
        return false
    }
  }

  /** Draws with the next frame of the screen. */
  draw(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    requestAnimationFrame(() => {
      this.#isWaiting = false
      this.#paint()
    })
  }

  #placeAt({ x, y }: { readonly x: number; readonly y: number }): PlacedBlock | undefined {
    const { x: left, y: top, scale } = this.#camera
    if (this.#scene === null) return undefined
    return blockAt(this.#scene.columns.layout, left + x / scale, top + y / scale)
  }

  /** The focus goes to the neighbour. */
  #step({ dx, dy }: { readonly dx: number; readonly dy: number }): void {
    if (this.#scene === null) return
    const { columns, focused } = this.#scene
    const { layout } = columns
    const from = focused === null ? undefined : placeOf(layout, focused)
    const first = layout.panels[0]?.segments[0]?.start ?? null
    if (from === undefined) {
      this.focus(first)
      return
    }
    // A gap between panels is jumped over.
    for (let far = 1; far < layout.width + layout.height; far += 0.5) {
      const next = blockAt(layout, from.x + 0.5 + dx * far, from.y + 0.5 + dy * far)
      if (next === undefined || next.block === from.block) continue
      this.focus(next.block)
      return
    }
    // At the end of a row it goes on with the next, so that one key reaches all blocks.
    const beside = dx === 0 ? undefined : blockInSlot(layout, from.slot + dx)
    if (beside !== undefined) this.focus(beside)
  }

  #paint(): void {
    const { layout } = this.#scene?.columns ?? {}
    if (
      this.#scene === null ||
      layout === undefined ||
      this.#tiles === null ||
      this.#context === null
    )
      return
    const { columns, frame, theme, marked, focused, sectionsPerBlock, titleOf } = this.#scene
    const ratio = this.#canvas.width / this.#view.width
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0)
    const picture: Picture = {
      layout,
      tiles: this.#tiles,
      camera: this.#camera,
      view: this.#view,
      theme,
      sectionsPerBlock,
      titleOf,
      pagesOf: (block) => this.#pages.of(block, frame, this.#camera.scale),
      isPresent: (slot) => columns.state[slot] !== 0,
      isOnline: (slot) => columns.cell(slot)?.state !== 'offline',
      hovered: this.#hovered,
      focused,
      marked,
    }
    paint(this.#context, picture)
    if (this.#isFirst) performance.mark('first-picture')
    this.#isFirst = false
  }
}

const ARROWS: Readonly<Record<string, { readonly dx: number; readonly dy: number }>> = {
  ArrowLeft: { dx: -1, dy: 0 },
  ArrowRight: { dx: 1, dy: 0 },
  ArrowUp: { dx: 0, dy: -1 },
  ArrowDown: { dx: 0, dy: 1 },
}
