/** Paths of frozen records. To gather those of a large host takes as long as to read a tenth of its files. */
const known = new WeakMap<object, readonly string[]>()

/** The paths of a capture's files, links or modes: in the order of code units where `freezeRecord` froze the record, else in its own. */
export const pathsOf = (record: object): readonly string[] =>
  known.get(record) ?? Object.keys(record)

/**
 * Freezes a record.
 * @param paths all of its keys; one may be there more than once
 */
export function freezeRecord(record: object, paths: readonly string[]): void {
  const sorted = [...paths].sort()
  const once = sorted.filter((path, i) => path !== sorted[i - 1])
  known.set(Object.freeze(record), once)
}
