import { type TextPlace, textPlace } from './json-place'
import { stringEnd } from './string-end'

const [QUOTE, COLON, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x3a, 0x7b, 0x7d, 0x5b, 0x5d]

/** How many keys a parsed value has, itself and all that it holds. It may be deeper than functions can call each other. */
function keyCount(value: unknown): number {
  const left = [value]
  let count = 0
  while (left.length > 0) {
    const next = left.pop()
    if (typeof next !== 'object' || next === null) continue
    const parts = Object.values(next)
    if (!Array.isArray(next)) count += parts.length
    for (const part of parts) if (typeof part === 'object') left.push(part)
  }
  return count
}

/** How many keys a text has. */
function writtenKeys(json: string): number {
  let count = 0
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) at = stringEnd(json, at)
    else if (code === COLON) count += 1
  }
  return count
}

/** A key that an object of a text has twice. */
interface DuplicateKey {
  readonly key: string
  /** Of the second. */
  readonly place: TextPlace
}

/** Walks the text object by object. */
function findDuplicate(json: string): DuplicateKey | undefined {
  const open: Set<string>[] = []
  let string = { start: 0, end: 0 }
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) {
      string = { start: at, end: stringEnd(json, at) }
      at = string.end
    } else if (code === OPEN || code === OPEN_LIST) open.push(new Set())
    else if (code === CLOSE || code === CLOSE_LIST) open.pop()
    else if (code === COLON) {
      const key: string = JSON.parse(json.slice(string.start, string.end + 1))
      const keys = open.at(-1)
      if (keys?.has(key)) return { key, place: textPlace(json, string.start) }
      keys?.add(key)
    }
  }
  return undefined
}

/**
 * The first key that an object has twice: of two values JSON.parse drops the first without a word.
 * @param json a text that has been parsed
 * @param value what it was parsed to
 */
export const duplicateKey = (json: string, value: unknown): DuplicateKey | undefined =>
  writtenKeys(json) === keyCount(value) ? undefined : findDuplicate(json)
