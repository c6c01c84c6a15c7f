import { type BlockColumns, STATES, VERDICTS } from './block-columns'
import {
  type ColourBy,
  imageWord,
  type LegendEntry,
  SERIES_LENGTH,
  STATE_COLOURS,
  seriesColour,
  type Theme,
  VERDICT_COLOURS,
  zoneColour,
} from './palette'

const ONLINE = STATES.indexOf('online')

/** Gives a place the word of its colour. */
type Painter = (slot: number) => number

/** Painter of blocks that are online; the others look alike in every colouring. */
function onlinePainter(columns: BlockColumns, by: ColourBy, theme: Theme): Painter {
  switch (by) {
    case 'outlook': {
      const words = VERDICTS.map((verdict) => imageWord(VERDICT_COLOURS[verdict][theme]))
      return (slot) => words[columns.verdict[slot] ?? 0] ?? 0
    }
    case 'state': {
      const word = imageWord(STATE_COLOURS.online[theme])
      return () => word
    }
    case 'zone': {
      const words = [null, ...columns.zones.list].map((zone) => imageWord(zoneColour(zone, theme)))
      return (slot) => words[columns.zone[slot] ?? 0] ?? 0
    }
    case 'node': {
      const words = Array.from({ length: SERIES_LENGTH }, (_, node) =>
        imageWord(seriesColour(node, theme)),
      )
      return (slot) => words[(columns.node[slot] ?? 0) % SERIES_LENGTH] ?? 0
    }
    case 'device': {
      const boot = imageWord(VERDICT_COLOURS.unknown[theme])
      const words = columns.devices.list.map((_, index) => imageWord(seriesColour(index, theme)))
      return (slot) => words[(columns.device[slot] ?? 0) - 1] ?? boot
    }
  }
}

/** The painter of blocks. */
export function painterOf(columns: BlockColumns, by: ColourBy, theme: Theme): Painter {
  const online = onlinePainter(columns, by, theme)
  const words = STATES.map((state) => imageWord(STATE_COLOURS[state][theme]))
  return (slot) => {
    const state = columns.state[slot] ?? 0
    return state === ONLINE ? online(slot) : (words[state] ?? 0)
  }
}

/** What the colours of blocks mean. */
export function blockLegend(
  columns: BlockColumns,
  by: ColourBy,
  theme: Theme,
): readonly LegendEntry[] {
  const others: readonly LegendEntry[] = [
    { colour: STATE_COLOURS['going-offline'][theme], label: 'going offline' },
    { colour: STATE_COLOURS.offline[theme], label: 'offline' },
    { colour: STATE_COLOURS.absent[theme], label: 'not present' },
  ]
  return [...onlineLegend(columns, by, theme), ...others]
}

function onlineLegend(columns: BlockColumns, by: ColourBy, theme: Theme): readonly LegendEntry[] {
  switch (by) {
    case 'outlook':
      return [
        { colour: VERDICT_COLOURS.goes[theme], label: 'can go' },
        { colour: VERDICT_COLOURS.refuses[theme], label: 'would be refused' },
        { colour: VERDICT_COLOURS.stalls[theme], label: 'would never end' },
        { colour: VERDICT_COLOURS.unknown[theme], label: 'not known' },
      ]
    case 'state':
      return [{ colour: STATE_COLOURS.online[theme], label: 'online' }]
    case 'zone':
      return [...columns.zones.list, null].map((zone) => ({
        colour: zoneColour(zone, theme),
        label: zone === null ? 'several zones' : `zone ${zone}`,
      }))
    case 'node':
      return columns.layout.panels.slice(0, 8).map(({ node }) => ({
        colour: seriesColour(node, theme),
        label: columns.layout.panels.length > 8 ? `node ${node}, ${node + 8}, …` : `node ${node}`,
      }))
    case 'device':
      return [
        ...columns.devices.list
          .slice(0, 8)
          .map((label, index) => ({ colour: seriesColour(index, theme), label })),
        { colour: VERDICT_COLOURS.unknown[theme], label: 'no device (memory of boot)' },
      ]
  }
}
