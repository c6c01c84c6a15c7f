import { CliError } from '../errors'
import { parseNumbers } from '../text/number-list'
import { parseSize } from '../text/size'
import type { Snapshot } from './snapshot'

/** What is waited for. */
export interface Condition {
  readonly text: string
  readonly holds: (now: Snapshot, blockBytes: number) => boolean
}

const wrong = (text: string): CliError =>
  new CliError(`--until ${JSON.stringify(text)}: not a state of memory`, {
    remedy:
      '“memory32-39 online”, “memory32 offline”, “memory32 gone”, “node1 there”, “16G online”',
  })

/**
 * Reads what is waited for: blocks, a node, or a size, and their state.
 * @throws CliError
 */
export function parseCondition(text: string): Condition {
  const [, what = '', state = ''] = /^(\S+) +(online|offline|there|gone)$/.exec(text.trim()) ?? []
  const [, node] = /^node(\d{1,5})$/.exec(what) ?? []
  if (node !== undefined && (state === 'there' || state === 'gone'))
    return { text, holds: ({ nodes }) => nodes.has(Number(node)) === (state === 'there') }
  const size = /^[\d.]+[kmgtp](?:i?b)?$/i.test(what) ? parseSize(what) : undefined
  if (size !== undefined && (state === 'online' || state === 'offline'))
    return {
      text,
      holds: ({ blocks }, blockBytes) =>
        [...blocks.values()].filter((each) => each === state).length * blockBytes >= size,
    }
  const ids = /^memory\d/.test(what) ? parseNumbers(what.replaceAll('memory', '')) : undefined
  if (ids === undefined) throw wrong(text)
  const isSo = (found: string | undefined): boolean =>
    state === 'gone'
      ? found === undefined
      : state === 'there'
        ? found !== undefined
        : found === state
  return { text, holds: ({ blocks }) => ids.every((id) => isSo(blocks.get(id))) }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of `10s`, `500ms`, `2m`. @throws CliError */
export function parseTime(flag: string, text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? []
  const milliseconds = Math.round(Number(digits) * (UNITS[unit] ?? 1))
  if (digits !== undefined && milliseconds > 0 && milliseconds < 2 ** 31) return milliseconds
  throw new CliError(`${flag} ${JSON.stringify(text)}: not a time`, { remedy: '10s, 500ms, 2m' })
}
