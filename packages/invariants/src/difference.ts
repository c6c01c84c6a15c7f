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
  if (report.found.length >= report.limit || Object.is(before, after)) return
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
