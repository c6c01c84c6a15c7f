// Draws the map on a canvas: pictures of panels, gaps between blocks, pages of blocks that are near, titles, frames.
import type { Camera, Size } from './camera'
import { blocksIn, type Layout, type Panel, type PlacedBlock, placeOf } from './layout'
import type { Theme } from './palette'
import type { Tiles } from './tiles'

/** Pixels of a block from which there are gaps, numbers, sections, pages. */
const GAPS_FROM = 5
const NUMBERS_FROM = 46
const SECTIONS_FROM = 24
const PAGES_FROM = 40

/** What a map is drawn from. */
export interface Picture {
  readonly layout: Layout
  readonly tiles: Tiles
  readonly camera: Camera
  readonly view: Size
  readonly theme: Theme
  readonly sectionsPerBlock: number
  readonly titleOf: (node: number) => string
  /** The pages of a block as a picture; undefined as long as they are not known. */
  readonly pagesOf: (block: number) => CanvasImageSource | undefined
  readonly isPresent: (slot: number) => boolean
  readonly isOnline: (slot: number) => boolean
  readonly hovered: number | null
  readonly focused: number | null
  /** Blocks that the deed of the moment is about. */
  readonly marked: ReadonlySet<number>
}

const COLOURS = {
  light: { back: '#faf9f6', ink: '#1c2430', faint: '#5e6674', mark: '#111827', focus: '#0b5cad' },
  dark: { back: '#12161d', ink: '#e8eaee', faint: '#a2abb9', mark: '#ffffff', focus: '#7cc4ff' },
} as const

interface Area {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** The part of the map that is seen. */
const areaOf = ({ x, y, scale }: Camera, { width, height }: Size): Area => ({
  left: x,
  top: y,
  right: x + width / scale,
  bottom: y + height / scale,
})

/** Draws everything. */
export function paint(context: CanvasRenderingContext2D, picture: Picture): void {
  const { view, theme, camera } = picture
  context.fillStyle = COLOURS[theme].back
  context.fillRect(0, 0, view.width, view.height)
  const area = areaOf(camera, view)
  paintTiles(context, picture, area)
  if (camera.scale >= GAPS_FROM) paintGaps(context, picture, area)
  if (camera.scale >= PAGES_FROM) paintNear(context, picture, area)
  for (const panel of picture.layout.panels) paintTitle(context, picture, panel)
  paintFrames(context, picture)
}

function paintTiles(
  context: CanvasRenderingContext2D,
  { tiles, camera }: Picture,
  area: Area,
): void {
  const { x, y, scale } = camera
  context.imageSmoothingEnabled = scale < 1
  for (const { panel, firstRow, rows, picture } of tiles.within(area)) {
    // Only what is seen is drawn, in whole blocks.
    const left = Math.max(0, Math.floor(area.left - panel.x))
    const top = Math.max(0, Math.floor(area.top - panel.y - firstRow))
    const width = Math.min(panel.columns, Math.ceil(area.right - panel.x)) - left
    const height = Math.min(rows, Math.ceil(area.bottom - panel.y - firstRow)) - top
    if (width <= 0 || height <= 0) continue
    const at = { x: (panel.x + left - x) * scale, y: (panel.y + firstRow + top - y) * scale }
    context.drawImage(picture, left, top, width, height, at.x, at.y, width * scale, height * scale)
  }
}

/** Lines in the colour of the ground between blocks. */
function paintGaps(
  context: CanvasRenderingContext2D,
  { layout, camera, theme }: Picture,
  area: Area,
): void {
  const { x, y, scale } = camera
  context.strokeStyle = COLOURS[theme].back
  context.lineWidth = Math.min(6, Math.max(1, scale * 0.09))
  context.beginPath()
  for (const panel of layout.panels) {
    const [left, right] = [
      Math.max(area.left, panel.x),
      Math.min(area.right, panel.x + panel.columns),
    ]
    const [top, bottom] = [Math.max(area.top, panel.y), Math.min(area.bottom, panel.y + panel.rows)]
    if (left >= right || top >= bottom) continue
    for (let column = Math.ceil(left - panel.x); column <= right - panel.x; column++) {
      const at = (panel.x + column - x) * scale
      context.moveTo(at, (top - y) * scale)
      context.lineTo(at, (bottom - y) * scale)
    }
    for (let row = Math.ceil(top - panel.y); row <= bottom - panel.y; row++) {
      const at = (panel.y + row - y) * scale
      context.moveTo((left - x) * scale, at)
      context.lineTo((right - x) * scale, at)
    }
  }
  context.stroke()
}

/** Pages, sections and numbers of blocks that are large on the screen. */
function paintNear(context: CanvasRenderingContext2D, picture: Picture, area: Area): void {
  const { layout, camera, theme, sectionsPerBlock } = picture
  const { scale } = camera
  const gap = Math.min(3, scale * 0.045)
  context.textBaseline = 'top'
  for (const place of blocksIn(layout, area)) {
    const left = (place.x - camera.x) * scale + gap
    const top = (place.y - camera.y) * scale + gap
    const size = scale - 2 * gap
    if (!picture.isPresent(place.slot)) {
      paintHole(context, theme, { left, top, size })
      continue
    }
    const label = scale >= NUMBERS_FROM ? Math.min(20, scale * 0.2) : 0
    const pages = picture.pagesOf(place.block)
    if (pages !== undefined) {
      context.imageSmoothingEnabled = false
      const inset = Math.max(2, scale * 0.04)
      context.drawImage(pages, left + inset, top + label, size - 2 * inset, size - label - inset)
    }
    if (sectionsPerBlock > 1 && scale >= SECTIONS_FROM)
      paintSections(context, picture, { left, top: top + label, size, height: size - label })
    if (label === 0) continue
    context.fillStyle = picture.isOnline(place.slot) ? '#ffffff' : COLOURS[theme].ink
    paintNumber(context, place, { left, top, scale, label })
  }
}

function paintNumber(
  context: CanvasRenderingContext2D,
  { block }: PlacedBlock,
  { left, top, scale, label }: { left: number; top: number; scale: number; label: number },
): void {
  const text = scale >= 90 ? `memory${block}` : String(block)
  context.font = `600 ${Math.min(13, label * 0.72)}px ui-monospace, Menlo, Consolas, monospace`
  context.fillText(text, left + Math.max(3, scale * 0.05), top + label * 0.16, scale * 0.86)
}

/** Where a block was, or will be. */
function paintHole(
  context: CanvasRenderingContext2D,
  theme: Theme,
  { left, top, size }: { left: number; top: number; size: number },
): void {
  context.strokeStyle = COLOURS[theme].faint
  context.globalAlpha = 0.5
  context.lineWidth = 1
  context.setLineDash([3, 3])
  context.strokeRect(left + 0.5, top + 0.5, size - 1, size - 1)
  context.setLineDash([])
  context.globalAlpha = 1
}

function paintSections(
  context: CanvasRenderingContext2D,
  { theme, sectionsPerBlock }: Picture,
  { left, top, size, height }: { left: number; top: number; size: number; height: number },
): void {
  context.strokeStyle = COLOURS[theme].back
  context.globalAlpha = 0.6
  context.lineWidth = 1
  context.beginPath()
  for (let index = 1; index < sectionsPerBlock; index++) {
    const at = top + (height * index) / sectionsPerBlock
    context.moveTo(left, at)
    context.lineTo(left + size, at)
  }
  context.stroke()
  context.globalAlpha = 1
}

function paintTitle(context: CanvasRenderingContext2D, picture: Picture, panel: Panel): void {
  const { camera, theme, layout, view } = picture
  const left = (panel.x - camera.x) * camera.scale
  const bottom = (panel.y - camera.y) * camera.scale - 5
  const room = panel.columns * camera.scale
  const height = layout.header * camera.scale
  if (height < 9 || room < 30 || bottom < -20 || bottom > view.height + 20) return
  const size = Math.min(14, Math.max(9, height * 0.6))
  context.font = `600 ${size}px system-ui, sans-serif`
  context.textBaseline = 'alphabetic'
  context.fillStyle = COLOURS[theme].ink
  context.fillText(fitting(context, picture.titleOf(panel.node), room), left + 1, bottom)
}

/** As much of a text as there is room for. */
function fitting(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text
  const parts = text.split(' · ')
  while (parts.length > 1 && context.measureText(parts.join(' · ')).width > room) parts.pop()
  return parts.join(' · ')
}

/** Frames around what is under the pointer, in the focus, and under way. */
function paintFrames(context: CanvasRenderingContext2D, picture: Picture): void {
  const { theme, marked, hovered, focused } = picture
  const colours = COLOURS[theme]
  const few = marked.size <= 64 ? marked : []
  for (const block of few) paintFrame(context, picture, { block, colour: colours.mark, width: 2 })
  if (hovered !== null)
    paintFrame(context, picture, { block: hovered, colour: colours.ink, width: 1.5 })
  if (focused !== null)
    paintFrame(context, picture, { block: focused, colour: colours.focus, width: 2.5 })
}

function paintFrame(
  context: CanvasRenderingContext2D,
  { layout, camera }: Picture,
  { block, colour, width }: { block: number; colour: string; width: number },
): void {
  const place = placeOf(layout, block)
  if (place === undefined) return
  const { scale } = camera
  const size = Math.max(scale, 6)
  context.strokeStyle = colour
  context.lineWidth = width
  context.strokeRect((place.x - camera.x) * scale, (place.y - camera.y) * scale, size, size)
}
