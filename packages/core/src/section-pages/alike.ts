import type { Range } from '../address/range'
import type { PageColumns } from '../model/page'

/** A column of bytes, and the same in words of four. */
export interface ComparedColumn {
  readonly bytes: Uint8Array
  readonly words: Uint32Array
}

/** Prepares a column for being compared. */
export const comparedColumn = (bytes: Uint8Array): ComparedColumn => ({
  bytes,
  words: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2),
})

/** First place of a range whose byte is another; its end where all are the value. */
export function firstOther(
  { bytes: column, words }: ComparedColumn,
  { start, end }: Range,
  value: number,
): number {
  let at = start
  while (at < end && (at & 3) !== 0) {
    if (column[at] !== value) return at
    at += 1
  }
  const word = Math.imul(value, 0x01010101) >>> 0
  const last = end >>> 2
  let index = at >>> 2
  while (index < last && words[index] === word) index += 1
  for (at = Math.max(at, index << 2); at < end; at++) if (column[at] !== value) return at
  return end
}

/** Pages that are compared one by one: most runs are shorter. */
const FEW = 16

/**
 * The end of the pages, from the first of a range on, that are of the kind of the first and have its flags.
 * @param range not empty
 */
export function endOfAlike({ kind, flags }: PageColumns, { start, end }: Range): number {
  const firstKind = kind[start] ?? 0
  const firstFlags = flags[start] ?? 0
  const near = Math.min(end, start + FEW)
  let at = start + 1
  while (at < near && kind[at] === firstKind && flags[at] === firstFlags) at += 1
  if (at < near || at >= end) return at
  const ofKind = firstOther(comparedColumn(kind), { start: at, end }, firstKind)
  return firstOther(comparedColumn(flags), { start: at, end: ofKind }, firstFlags)
}
