// A block in words, for the pointer, the focus and the table.
import type { App } from '../state/app'
import { hexText, sizeText, VERDICT_WORDS } from './words'

/** What is said of a block. */
export interface BlockWords {
  readonly name: string
  readonly what: string
  readonly range: string
  readonly verdict: string
}

/** @param slot place of the block in the columns */
export function blockWords(app: App, block: number, slot: number): BlockWords | null {
  const [machine, columns] = [app.machine.value, app.columns.value]
  if (machine === null || columns === null || slot === -1) return null
  const start = block * machine.blockBytes
  const range = `${hexText(start)}–${hexText(start + machine.blockBytes - 1)} (${sizeText(machine.blockBytes)})`
  const cell = columns.cell(slot)
  if (cell === null) return { name: `memory${block}`, what: 'not present', range, verdict: '' }
  const parts = [
    cell.state.replace('-', ' '),
    cell.zone === null ? (cell.state === 'online' ? 'several zones' : '') : `zone ${cell.zone}`,
    `node ${cell.node}`,
    cell.device ?? (cell.early ? 'memory of boot' : ''),
  ]
  const outlook = machine.outlook?.runs.find((run) => run.start <= block && block < run.end)
  const isAsked = cell.state === 'online' && outlook !== undefined
  return {
    name: `memory${block}`,
    what: parts.filter((part) => part !== '').join(' · '),
    range,
    verdict: isAsked
      ? `${VERDICT_WORDS[outlook.verdict]}${outlook.why === '' ? '' : `: ${outlook.why}`}`
      : '',
  }
}
