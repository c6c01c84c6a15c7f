// Colours that stay apart for those who see red and green alike (after Okabe and Ito), in light and dark.
import { PAGE_CELL_WORDS, PAGE_CELLS, type PageCell } from '../protocol/page-cells'

export type Theme = 'light' | 'dark'

/** By what blocks are coloured. */
export type ColourBy = 'outlook' | 'state' | 'zone' | 'node' | 'device'

/** One line of the legend. Colours are `#rrggbb`. */
export interface LegendEntry {
  readonly colour: string
  readonly label: string
}

const pair = (light: string, dark: string): Readonly<Record<Theme, string>> => ({ light, dark })

/** Colours of what is not a matter of choice. */
export const STATE_COLOURS = {
  absent: pair('#ecebe6', '#1b2029'),
  offline: pair('#c3c7cd', '#454d5a'),
  'going-offline': pair('#e69f00', '#f0b429'),
  online: pair('#2f6f9f', '#5aa9dd'),
} as const

/** Colours of what is expected of a block. */
export const VERDICT_COLOURS = {
  goes: pair('#3a9d86', '#4fc3a5'),
  refuses: pair('#c4501b', '#e8743b'),
  stalls: pair('#6d2a63', '#f2b8e6'),
  'already-offline': pair('#c3c7cd', '#454d5a'),
  unknown: pair('#8b95a5', '#76849c'),
} as const

const ZONE_COLOURS: Readonly<Record<string, Readonly<Record<Theme, string>>>> = {
  DMA: pair('#8c6d1f', '#d9b44a'),
  DMA32: pair('#dba3cf', '#f2b8e6'),
  Normal: pair('#2f6f9f', '#5aa9dd'),
  HighMem: pair('#c4501b', '#e8743b'),
  Movable: pair('#3a9d86', '#4fc3a5'),
}
const NO_ZONE = pair('#7d8aa0', '#8593aa')

/** Eight colours in turn, for what is counted: nodes, devices. */
const SERIES = [
  pair('#2f6f9f', '#5aa9dd'),
  pair('#d18b00', '#f0b429'),
  pair('#3a9d86', '#4fc3a5'),
  pair('#a8559c', '#cc79a7'),
  pair('#c4501b', '#e8743b'),
  pair('#6cb4dc', '#9bd3f2'),
  pair('#8c6d1f', '#d9c75a'),
  pair('#5b6472', '#a3adbb'),
] as const

/** After how many they come again. */
export const SERIES_LENGTH: number = SERIES.length

/** The colour of the nth of several. */
export const seriesColour = (index: number, theme: Theme): string =>
  (SERIES[index % SERIES.length] ?? SERIES[0])[theme]

/** The colour of a zone by its name; of pages in several zones. */
export const zoneColour = (zone: string | null, theme: Theme): string =>
  (zone === null ? NO_ZONE : (ZONE_COLOURS[zone] ?? NO_ZONE))[theme]

const CELL_COLOURS: Readonly<Record<PageCell, Readonly<Record<Theme, string>>>> = {
  absent: STATE_COLOURS.absent,
  offline: STATE_COLOURS.offline,
  'free-huge-order': pair('#dcebe6', '#1f3b38'),
  'free-mid-order': pair('#b9ddd2', '#2c5650'),
  'free-small-order': pair('#8fcbb9', '#3c736a'),
  isolated: pair('#f3d9a0', '#6b521a'),
  movable: pair('#3a9d86', '#4fc3a5'),
  memmap: pair('#6cb4dc', '#9bd3f2'),
  huge: pair('#2f6f9f', '#5aa9dd'),
  'huge-free': pair('#a9cbe2', '#30567a'),
  withheld: pair('#a8559c', '#cc79a7'),
  table: pair('#d18b00', '#f0b429'),
  kernel: pair('#c4501b', '#e8743b'),
  reserved: pair('#5b6472', '#a3adbb'),
  pinned: pair('#7a1f5c', '#f29ac8'),
  poisoned: pair('#1d1d1d', '#ffffff'),
}

/** Colours of page cells, by their numbers. */
export const cellColours = (theme: Theme): readonly string[] =>
  PAGE_CELLS.map((cell) => CELL_COLOURS[cell][theme])

/** The legend of pages. */
export const pageLegend = (theme: Theme): readonly LegendEntry[] =>
  PAGE_CELLS.filter((cell) => cell !== 'absent').map((cell) => ({
    colour: CELL_COLOURS[cell][theme],
    label: PAGE_CELL_WORDS[cell],
  }))

/** `#rrggbb` as a word of an image: red in the lowest byte. */
export function imageWord(colour: string): number {
  const value = Number.parseInt(colour.slice(1), 16)
  const [red, green, blue] = [value >>> 16, (value >>> 8) & 255, value & 255]
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0
}

/** Contrast of two colours as WCAG defines it, 1 to 21. */
export function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const value = Number.parseInt(colour.slice(1), 16)
    const [r = 0, g = 0, bl = 0] = [value >>> 16, (value >>> 8) & 255, value & 255].map((byte) => {
      const part = byte / 255
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl
  }
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}
