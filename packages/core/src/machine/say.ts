import { invariant } from '../errors/invariant'
import type { KernelLog, LogOccasion, LogPlaces } from '../model/kernel-log'
import type { Machine } from '../model/machine'
import { logLine } from './journal'

/**
 * Writes to the kernel log, in the words of the machine's generation: nothing, where it has none for the occasion.
 * @param places numbers for places in hex
 * @param words of a driver, for what only it says
 * @beta
 */
export function say<Occasion extends LogOccasion>(
  machine: Machine,
  occasion: Occasion,
  places: LogPlaces<Occasion>,
  words: KernelLog = {},
): void {
  const said = machine.generation.log[occasion] ?? words[occasion]
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
