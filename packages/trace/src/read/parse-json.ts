import { duplicateKey } from './duplicate-key'
import { jsonFaultPlace, type TextPlace } from './json-place'
import { stringEnd } from './string-end'

/** Most brackets, commas and colons of a text outside its strings: each value needs one, and a parsed value about 100 bytes. */
const MOST_PARTS = 4_000_000

const QUOTE = 0x22
/** `[ { , :` each begin or follow a value. */
const PARTS = new Set([0x5b, 0x7b, 0x2c, 0x3a])

/** Whether a text has more parts than `most`. It need not be JSON. */
function hasMoreParts(text: string, most: number): boolean {
  if (text.length <= most) return false
  let parts = 0
  for (let at = 0; at < text.length && parts <= most; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = stringEnd(text, at)
    else if (PARTS.has(code)) parts += 1
  }
  return parts > most
}

/** What a text holds, or why it is not taken. */
export type ParsedJson =
  | { readonly value: unknown }
  /** `place` is null where the whole text is to blame. */
  | { readonly place: TextPlace | null; readonly fault: string }

/** What is refused besides what is not JSON. */
interface ParseJsonOptions {
  /** `refused`: an object with the same key twice, of which JSON keeps the last without a word. Default `taken`. */
  readonly duplicates?: 'refused' | 'taken'
}

/** JSON without a byte order mark before it; or why a text is not parsed at all. */
function jsonOf(text: string): { readonly json: string } | { place: null; fault: string } {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text
  if (!hasMoreParts(json, MOST_PARTS)) return { json }
  return { place: null, fault: `more than ${MOST_PARTS} values` }
}

/** Parses a text from outside as `parseJson` does, and leaves it to the engine to say what is wrong with it. */
export function parsePlainJson(text: string): ParsedJson {
  const whole = jsonOf(text)
  if ('fault' in whole) return whole
  try {
    return { value: JSON.parse(whole.json) }
  } catch (error) {
    return { place: null, fault: `this is not JSON: ${String(error)}` }
  }
}

/**
 * Parses a text from outside. One with more than 4,000,000 values is refused before it is parsed: they would not fit in memory.
 * @param text JSON; a byte order mark before it is left out
 */
export function parseJson(
  text: string,
  { duplicates = 'taken' }: ParseJsonOptions = {},
): ParsedJson {
  const whole = jsonOf(text)
  if ('fault' in whole) return whole
  const { json } = whole
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    const place = jsonFaultPlace(json)
    const isShort = json[place.offset] === undefined
    return {
      place,
      fault: isShort ? 'the text ends here; the file is truncated' : 'this is not JSON',
    }
  }
  const twice = duplicates === 'refused' ? duplicateKey(json, value) : undefined
  if (twice === undefined) return { value }
  return {
    place: twice.place,
    fault: `the key ${JSON.stringify(twice.key)} is here for the second time`,
  }
}
