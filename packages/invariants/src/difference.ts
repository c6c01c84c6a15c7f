/** One place where two values differ. */
export interface StateDifference {
  /** Keys from the outside in: `zones/0/Normal/presentPages`. */
  readonly place: string
  readonly before: unknown
  readonly after: unknown
}

/**
 * Where two pieces of plain data (objects, arrays, Maps, Sets, typed arrays) differ, in the order of their keys.
 * @param pair what was and what is
 * @returns at most `limit` places; default 100
 */
export function listDifferences(
  pair: { readonly before: unknown; readonly after: unknown },
  limit = 100,
): readonly StateDifference[] {
  const found: StateDifference[] = []
  compare({ ...pair, place: '' }, { found, limit })
  return found
}

/** True where `listDifferences` finds none. */
export const isSame = (pair: { readonly before: unknown; readonly after: unknown }): boolean =>
  listDifferences(pair, 1).length === 0

interface Report {
  readonly found: StateDifference[]
  readonly limit: number
}

function compare(difference: StateDifference, report: Report): void {
  const { before, after, place } = difference
  if (report.found.length >= report.limit || isAlike(before, after)) return
  const entries = { before: entriesOf(before), after: entriesOf(after) }
  if (entries.before === undefined || entries.after === undefined) {
    report.found.push(difference)
    return
  }
  for (const key of new Set([...entries.before.keys(), ...entries.after.keys()])) {
    const inner = place === '' ? String(key) : `${place}/${String(key)}`
    compare(
      { place: inner, before: entries.before.get(key), after: entries.after.get(key) },
      report,
    )
  }
}

type List = ArrayLike<unknown>

const isList = (value: unknown): value is List =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

/** Whether two values are built alike and hold the same: much the most of what is compared, and without a list of entries. */
export function isAlike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return false
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  if (isList(one)) return areListsAlike(one, other as List)
  if (one instanceof Map) return areMapsAlike(one, other as ReadonlyMap<unknown, unknown>)
  if (one instanceof Set) return areSetsAlike(one, other as ReadonlySet<unknown>)
  return areObjectsAlike(one as Fields, other as Fields)
}

function areListsAlike(one: List, other: List): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at += 1) if (!isAlike(one[at], other[at])) return false
  return true
}

function areMapsAlike(
  one: ReadonlyMap<unknown, unknown>,
  other: ReadonlyMap<unknown, unknown>,
): boolean {
  if (one.size !== other.size) return false
  for (const [key, value] of one)
    if (!other.has(key) || !isAlike(value, other.get(key))) return false
  return true
}

const areSetsAlike = (one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): boolean =>
  one.size === other.size && [...one].every((entry) => other.has(entry))

type Fields = Readonly<Record<string, unknown>>

function areObjectsAlike(one: Fields, other: Fields): boolean {
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  return names.every((name) => Object.hasOwn(other, name) && isAlike(one[name], other[name]))
}

/** The entries of a composite value by key; undefined for a single value. */
function entriesOf(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Map) return value
  if (value instanceof Set) return new Map([...value].map((entry) => [entry, true]))
  if (ArrayBuffer.isView(value))
    return new Map(Array.from(value as unknown as ArrayLike<number>).entries())
  if (Array.isArray(value)) return new Map(value.entries())
  return new Map(Object.entries(value))
}
