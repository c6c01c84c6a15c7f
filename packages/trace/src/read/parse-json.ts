import { jsonFaultPlace, type TextPlace } from './json-place'

/** Most brackets, commas and colons of a text outside its strings: each value needs one, and a parsed value about 100 bytes. */
const MOST_PARTS = 4_000_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** `[ { , :` each begin or follow a value. */
const PARTS = new Set([0x5b, 0x7b, 0x2c, 0x3a])

/** Where the string that begins at a quote ends; the text's length where it does not. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return text.length
}

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

/**
 * Parses a text from outside. One with more than 4,000,000 values is refused before it is parsed: they would not fit in memory.
 * @param text JSON; a byte order mark before it is left out
 */
export function parseJson(text: string): ParsedJson {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text
  if (hasMoreParts(json, MOST_PARTS)) {
    return { place: null, fault: `more than ${MOST_PARTS} values` }
  }
  try {
    return { value: JSON.parse(json) }
  } catch {
    const place = jsonFaultPlace(json)
    const isShort = json[place.offset] === undefined
    return {
      place,
      fault: isShort ? 'the text ends here; the file is truncated' : 'this is not JSON',
    }
  }
}
