import { invariant } from '@memhp/core'
import { shorten } from '../differences'

const isTypedArray = (value: object): boolean =>
  value instanceof Uint8Array ||
  value instanceof Int32Array ||
  value instanceof Uint32Array ||
  value instanceof Float64Array

/**
 * Requires that a value is what a machine's state may consist of: numbers, words, true, false, null, objects, arrays,
 * Maps, Sets and typed arrays. Snapshots and structuredClone make another of it then.
 * @throws InvariantViolation that names the place
 */
export function demandPlain(value: unknown, place: string): void {
  walk(value, place, new Set())
}

function walk(value: unknown, place: string, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null) {
    const isPlain = value === undefined || value === null || PLAIN.has(typeof value)
    invariant(isPlain, `${place} is a ${typeof value}, no plain data.`)
    return
  }
  if (seen.has(value) || isTypedArray(value)) return
  seen.add(value)
  for (const [key, entry] of entriesOf(value, place)) walk(entry, `${place}.${String(key)}`, seen)
}

const PLAIN: ReadonlySet<string> = new Set(['number', 'string', 'boolean'])

function entriesOf(value: object, place: string): Iterable<readonly [unknown, unknown]> {
  if (value instanceof Map) return value
  if (value instanceof Set) return [...value].map((entry) => [shorten(entry), entry] as const)
  const kind: unknown = Object.getPrototypeOf(value)
  const isPlain = kind === Object.prototype || kind === null || Array.isArray(value)
  invariant(isPlain, `${place} is of the class ${value.constructor.name}, no plain data.`)
  return Object.entries(value)
}

/** Pieces of plain data that a value consists of: a measure of how much was written down. */
export function countPieces(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  if (isTypedArray(value)) return (value as Uint8Array).length
  let pieces = 1
  for (const [, entry] of entriesOf(value, 'state')) pieces += countPieces(entry)
  return pieces
}

/** Freezes a value and all that it holds: whoever writes to it is found out. @returns the value */
export function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const entry of Object.values(value)) freezeDeep(entry)
  }
  return value
}
