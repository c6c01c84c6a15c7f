// Numbers and verdicts in words.
import type { Verdict } from '../protocol/machine-view'
import type { Timeline } from '../protocol/timeline'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `1.5 GiB`. */
export function sizeText(bytes: number): string {
  let [value, unit] = [bytes, 0]
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = Number.isInteger(value) ? 0 : value < 10 ? 2 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

/** `12,345`. */
export const countText = (count: number): string => count.toLocaleString('en')

/** `1 block`, `8 blocks`. */
export const manyText = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? '' : 's'}`

/** `0x1c0000000`. */
export const hexText = (address: number): string => `0x${address.toString(16)}`

/** What is expected, as a clause. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  goes: 'can go',
  refuses: 'would be refused',
  stalls: 'would never end',
  'already-offline': 'offline already',
  unknown: 'not known',
}

/** How a run ended, in a sentence. */
export function outcomeWords({ outcome, why, fault }: Timeline): string {
  switch (outcome) {
    case 'removed':
      return 'Removed. Everything that described the memory has been given back.'
    case 'offlined':
      return 'Offline. No device could go: the memory is unused, and stays plugged.'
    case 'contradicted':
      return 'It went, although its files said that it would not.'
    case 'refused':
      return why === null ? 'Refused. What could be undone was.' : `Refused: ${why.title}.`
    case 'ran':
      return 'All steps have run as the scene says.'
    case 'failed':
      return fault === null
        ? 'Model and scene part: see the steps that are marked.'
        : 'Something was made to fail, and the scene went another way: see the steps that are marked.'
  }
}
