/** What a machine's state may consist of, besides numbers, strings, booleans, null and undefined. */
type TypedArray = Uint8Array | Int32Array | Uint32Array | Float64Array

const isTypedArray = (value: object): value is TypedArray =>
  value instanceof Uint8Array ||
  value instanceof Int32Array ||
  value instanceof Uint32Array ||
  value instanceof Float64Array

/**
 * A deep copy of plain data: objects, arrays, Maps, Sets and typed arrays. What is shared in the original is shared
 * in the copy in the same way.
 * @param kept what of it the copy holds as well
 * @alpha
 */
export const clonePlain = <T>(original: T, kept: readonly object[] = []): T =>
  cloneValue(original, new Map(kept.map((each) => [each, each]))) as T

function cloneValue(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = seen.get(value)
  if (known !== undefined) return known
  if (isTypedArray(value)) return remember(seen, value, value.slice())
  if (Array.isArray(value)) {
    const copy: unknown[] = remember(seen, value, [])
    for (const entry of value) copy.push(cloneValue(entry, seen))
    return copy
  }
  if (value instanceof Map) {
    const copy: Map<unknown, unknown> = remember(seen, value, new Map())
    for (const [key, entry] of value) copy.set(key, cloneValue(entry, seen))
    return copy
  }
  if (value instanceof Set) {
    const copy: Set<unknown> = remember(seen, value, new Set())
    for (const entry of value) copy.add(cloneValue(entry, seen))
    return copy
  }
  const copy: Record<string, unknown> = remember(seen, value, { ...value })
  for (const key in copy) {
    const entry = copy[key]
    if (typeof entry === 'object' && entry !== null) copy[key] = cloneValue(entry, seen)
  }
  return copy
}

function remember<T>(seen: Map<object, unknown>, original: object, copy: T): T {
  seen.set(original, copy)
  return copy
}
