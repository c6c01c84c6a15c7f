import type { TraceStep } from '../trace'

type FlatView = Readonly<Record<string, string>>

/** What changed from one flat view to the next, in the order of the keys. */
export function flatChange(before: FlatView, after: FlatView): Pick<TraceStep, 'set' | 'gone'> {
  const set = Object.keys(after)
    .filter((key) => before[key] !== after[key])
    .sort()
    .map((key) => [key, after[key] ?? ''] as const)
  const gone = Object.keys(before)
    .filter((key) => !(key in after))
    .sort()
  return { set: Object.fromEntries(set), gone }
}
