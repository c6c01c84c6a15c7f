/** One thing in which the model and the recording differ. */
export interface Difference {
  /** `errno`, `devices`, `uevents`, `qmp`, or a path of the flat view. */
  readonly what: string
  readonly real: string | undefined
  readonly model: string | undefined
}

/** Whether a key moves by itself on a live kernel, so that it is not compared. */
const isNoise = (key: string): boolean => key.endsWith('#MemFree')

/** Two values as JSON; the order of keys in objects does not count. */
export function compareText(what: string, real: unknown, model: unknown): Difference[] {
  if (JSON.stringify(real) === JSON.stringify(model)) return []
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

/**
 * Two flat views, whole, except for what moves by itself on a live kernel.
 * @param expected the recorded one
 * @param view the model's
 */
export function compareViews(
  expected: ReadonlyMap<string, string>,
  view: ReadonlyMap<string, string>,
): Difference[] {
  const differences: Difference[] = []
  for (const [key, real] of expected) {
    const model = view.get(key)
    if (model !== real && !isNoise(key)) differences.push({ what: key, real, model })
  }
  for (const [key, model] of view) {
    if (!expected.has(key) && !isNoise(key)) {
      differences.push({ what: key, real: undefined, model })
    }
  }
  return differences
}
