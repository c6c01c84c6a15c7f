import { listDifferences } from '@memhp/invariants'

/** A value in few words. */
export const shorten = (value: unknown): string =>
  (JSON.stringify(value) ?? String(value)).slice(0, 100)

/** The first places where two pieces of plain data differ, a line each. */
export const differenceLines = (pair: {
  readonly before: unknown
  readonly after: unknown
}): readonly string[] =>
  listDifferences(pair, 8).map(
    ({ place, before, after }) => `${place}: ${shorten(before)} -> ${shorten(after)}`,
  )
