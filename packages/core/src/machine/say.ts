import { invariant } from '../errors/invariant'
import type { LogOccasion, LogPlaces } from '../model/kernel-log'
import type { Machine } from '../model/machine'
import { logLine } from './journal'

/**
 * Writes to the kernel log, in the words of the machine's generation: nothing, where it has none for the occasion.
 * @param places numbers for places in hex
 * @beta
 */
export function say<Occasion extends LogOccasion>(
  machine: Machine,
  occasion: Occasion,
  places: LogPlaces<Occasion>,
): void {
  const words = machine.generation.log[occasion]
  if (words === undefined) return
  for (const line of words.text.split('\n')) {
    logLine(machine, words.level, fillWords(line, places))
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
