// The map as an SVG document.
import type { Layout, Panel } from '../map/layout'
import type { LegendEntry, Theme } from '../map/palette'

/** What a document is made of. */
export interface SvgMap {
  readonly title: string
  readonly layout: Layout
  /** Word of an image for a place. */
  readonly paint: (slot: number) => number
  readonly legend: readonly LegendEntry[]
  readonly theme: Theme
}

const WIDTH = 1000
const MARGIN = 24
const HEAD = 56
const FOOT = 64

const GROUND = { light: ['#faf9f6', '#1c2430'], dark: ['#12161d', '#e8eaee'] } as const

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** A word of an image as `#rrggbb`. */
function colourOf(word: number): string {
  const [red, green, blue] = [word & 255, (word >>> 8) & 255, (word >>> 16) & 255]
  return `#${[red, green, blue].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

interface Rows {
  readonly panel: Panel
  readonly scale: number
  readonly gap: number
  readonly paint: SvgMap['paint']
}

/** Blocks of one colour beside each other are one rectangle, unless there is room for gaps. */
function rectanglesOf({ panel, scale, gap, paint }: Rows): string {
  const parts: string[] = []
  for (const { start, end, slot, row } of panel.segments) {
    for (let offset = 0; offset < end - start; ) {
      const word = paint(slot + offset)
      const inRow = panel.columns - (offset % panel.columns)
      const most = gap > 0 ? 1 : Math.min(inRow, end - start - offset)
      let length = 1
      while (length < most && paint(slot + offset + length) === word) length += 1
      const x = MARGIN + (panel.x + (offset % panel.columns)) * scale
      const y = HEAD + (panel.y + row + Math.floor(offset / panel.columns)) * scale
      const width = length * scale - gap
      parts.push(
        `<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${width.toFixed(2)}" height="${(scale - gap).toFixed(2)}" fill="${colourOf(word)}"/>`,
      )
      offset += length
    }
  }
  return parts.join('')
}

/** Draws a map as SVG. */
export function mapSvg({ title, layout, paint, legend, theme }: SvgMap): string {
  const scale = Math.min(60, (WIDTH - 2 * MARGIN) / Math.max(1, layout.width))
  const gap = scale >= 6 ? 1.5 : 0
  const height = Math.ceil(HEAD + layout.height * scale + FOOT)
  const [ground, ink] = GROUND[theme]
  const panels = layout.panels.map((panel) => {
    const [x, y] = [MARGIN + panel.x * scale, HEAD + panel.y * scale - 5]
    const name = `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="12" font-weight="600">node ${panel.node}</text>`
    return `${name}${rectanglesOf({ panel, scale, gap, paint })}`
  })
  const entries = legend.map(({ colour, label }, index) => {
    const x = MARGIN + (index % 5) * 190
    const y = height - FOOT + 26 + Math.floor(index / 5) * 18
    return `<rect x="${x}" y="${y - 10}" width="12" height="12" fill="${colour}"/><text x="${x + 18}" y="${y}" font-size="12">${escaped(label)}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title><rect width="100%" height="100%" fill="${ground}"/>`,
    `<g font-family="system-ui, sans-serif" fill="${ink}">`,
    `<text x="${MARGIN}" y="30" font-size="18" font-weight="600">${escaped(title)}</text>`,
    ...panels,
    ...entries,
    '</g></svg>',
  ].join('\n')
}
