import { invariant } from '../errors/invariant'
import { logLine } from '../machine/journal'
import type { Generation } from '../model/generation'
import type { KernelLog, LogOccasion, LogPlaces } from '../model/kernel-log'
import type { Machine } from '../model/machine'
import { LOG_6_1 } from './words-6-1'

/** What kernels of a generation say in their log. */
export const wordsOf = ({ log = LOG_6_1 }: Pick<Generation, 'log'>): KernelLog => log

/** Writes to the kernel log, in the words of the machine's generation: see `say`. */
export function sayInWords<Occasion extends LogOccasion>(
  machine: Machine,
  occasion: Occasion,
  places: LogPlaces<Occasion>,
  words: KernelLog = {},
): void {
  const said = wordsOf(machine.generation)[occasion] ?? words[occasion]
  if (said === undefined) return
  for (const line of said.text.split('\n')) {
    logLine(machine, said.level, fillWords(line, places))
  }
}

const PLACE = /\{(\w+)(?::(#?)(\d*)x)?\}/g

/** The text with its places filled. @throws InvariantViolation for a place that is not given */
const fillWords = (text: string, places: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(PLACE, (_, name: string, prefix?: string, width?: string) => {
    const value = places[name]
    invariant(value !== undefined, `"${text}" is given ${name}.`)
    return prefix === undefined || typeof value === 'string'
      ? String(value)
      : hexOf(value, prefix === '#' ? '0x' : '', Number(width))
  })

/** As printf counts: the prefix is a part of the width. */
const hexOf = (value: number, prefix: string, width: number): string =>
  `${prefix}${value.toString(16).padStart(width - prefix.length, '0')}`
