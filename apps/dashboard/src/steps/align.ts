// Two courses of named steps beside each other.
import type { Frame, Structures, Timeline } from '../protocol/timeline'

/** A step of one course, all its times together. */
export interface StepTotal {
  readonly times: number
  readonly firstFrame: number
  /** What became less in it: structures by name. */
  readonly freed: readonly { readonly name: string; readonly count: number }[]
}

const COUNTS: readonly (readonly [string, (structures: Structures) => number])[] = [
  ['device ranges', ({ deviceRanges }) => deviceRanges],
  ['firmware map', ({ firmwareEntries }) => firmwareEntries],
  ['iomem', ({ iomemLines }) => iomemLines],
  ['sections', ({ sections }) => sections],
  ['blocks', ({ blocks }) => blocks],
  ['files', ({ files }) => files],
  ['tables', (structures) => sumOfLevels(structures, ({ ownTables }) => ownTables)],
  [
    'leaves',
    (structures) =>
      sumOfLevels(structures, ({ leaves }) => leaves.reduce((sum, { count }) => sum + count, 0)),
  ],
  ['hash entries', ({ tables }) => tables.hashEntries.direct + tables.hashEntries.vmemmap],
  ['nodes', ({ nodes }) => nodes.filter(({ online }) => online).length],
]

const sumOfLevels = (
  { tables }: Structures,
  value: (level: Structures['tables']['direct'][number]) => number,
): number => [...tables.direct, ...tables.vmemmap].reduce((sum, level) => sum + value(level), 0)

const nameOf = ({ step }: Frame): string | null =>
  step === null || step.phase !== 'done' ? null : `${step.operation}: ${step.step}`

/** Every named step of a course, in the order in which each was first taken. */
export function stepTotals({ frames, structures }: Timeline): ReadonlyMap<string, StepTotal> {
  const totals = new Map<
    string,
    { times: number; firstFrame: number; freed: Map<string, number> }
  >()
  for (const [at, frame] of frames.entries()) {
    const name = nameOf(frame)
    if (name === null) continue
    const total = totals.get(name) ?? { times: 0, firstFrame: at, freed: new Map() }
    totals.set(name, total)
    total.times += 1
    const [before, now] = [
      structures[frames[at - 1]?.structures ?? 0],
      structures[frame.structures],
    ]
    if (before === undefined || now === undefined || before === now) continue
    for (const [structure, count] of COUNTS) {
      const less = count(before) - count(now)
      if (less > 0) total.freed.set(structure, (total.freed.get(structure) ?? 0) + less)
    }
  }
  return new Map(
    [...totals].map(([name, { times, firstFrame, freed }]) => [
      name,
      { times, firstFrame, freed: [...freed].map(([of, count]) => ({ name: of, count })) },
    ]),
  )
}

/** All names of two courses in one line: those of both where they are in the first, those of the second behind what they follow there. */
export function stepsInLine(left: readonly string[], right: readonly string[]): readonly string[] {
  const line = [...left]
  let at = 0
  for (const name of right) {
    const found = line.indexOf(name)
    if (found === -1) line.splice(at, 0, name)
    at = Math.max(at, (found === -1 ? at : found) + 1)
  }
  return line
}
