/** One thing in which the model and the recording differ. */
export interface Difference {
  /** `errno`, `devices`, `uevents`, `qmp`, or a path of the flat view. */
  readonly what: string
  readonly real: string | undefined
  readonly model: string | undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Whether two values are written as the same JSON for certain; false says nothing. */
function areAlike(real: unknown, model: unknown): boolean {
  if (real === model) return true
  if (!isObject(real) || !isObject(model)) return false
  if (Array.isArray(real) || Array.isArray(model)) return areAlikeLists(real, model)
  const keys = Object.keys(real)
  if (Object.keys(model).length !== keys.length) return false
  for (const key of keys) {
    if (!Object.hasOwn(model, key) || !areAlike(real[key], model[key])) return false
  }
  return true
}

const areAlikeLists = (real: unknown, model: unknown): boolean =>
  Array.isArray(real) &&
  Array.isArray(model) &&
  real.length === model.length &&
  real.every((entry, i) => areAlike(entry, model[i]))

/** Two values as JSON; the order of keys in objects does not count. */
export function compareText(what: string, real: unknown, model: unknown): Difference[] {
  if (areAlike(real, model)) return []
  const texts = [real, model].map((value) =>
    value === undefined ? undefined : canonicalJson(value),
  )
  return texts[0] === texts[1] ? [] : [{ what, real: texts[0], model: texts[1] }]
}

/** JSON with the keys of objects in order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry
    return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
