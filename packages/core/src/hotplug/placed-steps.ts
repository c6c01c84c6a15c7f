import type { OtherSteps, Step, StepEntry, StepTable, TransactionWork } from '../model/steps'

/** A step of other kernels than 6.1. */
interface PlacedStep<Work> extends Step<Work> {
  /** The step that it stands before, or what is done part by part; where it is left out, it is the last of its phase. */
  readonly before?: string
}

/** The steps of a transaction that a kernel has beside those of 6.1. */
interface PlacedSteps<Work> {
  readonly mayRefuse?: readonly PlacedStep<Work>[]
  readonly certain?: readonly PlacedStep<Work>[]
}

/** Puts steps into their places. */
export const stepsBeside = (
  others: {
    readonly [Name in keyof TransactionWork]?: PlacedSteps<TransactionWork[Name]>
  },
): OtherSteps => ({
  add: (table) => withOthers(table, others.add),
  online: (table) => withOthers(table, others.online),
  offline: (table) => withOthers(table, others.offline),
  remove: (table) => withOthers(table, others.remove),
})

const withOthers = <Work>(
  { mayRefuse, certain }: StepTable<Work>,
  others: PlacedSteps<Work> = {},
): StepTable<Work> => ({
  mayRefuse: placed(mayRefuse, others.mayRefuse),
  certain: placed(certain, others.certain),
})

function placed<Work>(
  entries: readonly StepEntry<Work>[],
  others: readonly PlacedStep<Work>[] = [],
): readonly StepEntry<Work>[] {
  const before = (name?: string): readonly PlacedStep<Work>[] =>
    others.filter((other) => other.before === name)
  const own = entries.flatMap<StepEntry<Work>>((entry) =>
    'per' in entry
      ? [
          ...before(entry.per),
          { ...entry, steps: entry.steps.flatMap((step) => [...before(step.name), step]) },
        ]
      : [...before(entry.name), entry],
  )
  return [...own, ...before()]
}
