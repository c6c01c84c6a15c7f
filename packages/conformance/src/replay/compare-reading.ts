import { compareText, type Difference, type Reading } from '@memhp/trace'

/** What a recorder also tells, and a model cannot know: which pages hold struct pages, and what else the kernel maps. */
const UNKNOWABLE: readonly string[] = ['phys_of_first', 'total_leaves']

/** Compares what a reading found, part by part. */
export function compareReading(
  real: Reading | undefined,
  model: Reading | undefined,
): Difference[] {
  if (model === undefined) return []
  const parts = new Set([...Object.keys(real ?? {}), ...Object.keys(model)])
  return [...parts]
    .filter((part) => !UNKNOWABLE.includes(part))
    .flatMap((part) => compareText(`reading: ${part}`, knowable(real?.[part]), model[part]))
}

function knowable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(knowable)
  if (typeof value !== 'object' || value === null) return value
  const known = Object.entries(value).filter(([key]) => !UNKNOWABLE.includes(key))
  return Object.fromEntries(known.map(([key, each]) => [key, knowable(each)]))
}
