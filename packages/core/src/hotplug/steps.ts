import type { Generation } from '../model/generation'
import type { GenerationRules } from '../model/generation-rules'
import type { Machine } from '../model/machine'
import type { Step, StepEntry, StepTable, Transaction, TransactionWork } from '../model/steps'

/** The steps of a transaction of a generation: those of 6.1, and what it has beside them. @param table those of 6.1 */
export const stepsOf = <Name extends keyof TransactionWork>(
  { steps }: Pick<Generation, 'steps'>,
  name: Name,
  table: StepTable<TransactionWork[Name]>,
): StepTable<TransactionWork[Name]> => steps?.[name](table) ?? table

/** Takes the steps of the machine's generation. @throws what a step throws that may refuse */
export function runSteps<Work>(
  machine: Machine,
  tx: Transaction,
  what: { readonly table: StepTable<Work>; readonly work: Work },
): void {
  const { table, work } = what
  for (const entry of table.mayRefuse) runEntry(machine, tx, { entry, work })
  tx.pointOfNoReturn()
  for (const entry of table.certain) runEntry(machine, tx, { entry, work })
}

function runEntry<Work>(
  machine: Machine,
  tx: Transaction,
  what: { readonly entry: StepEntry<Work>; readonly work: Work },
): void {
  const { entry, work } = what
  if (!('per' in entry)) {
    runStep(machine, tx, { step: entry, work })
    return
  }
  for (const part of entry.parts(machine, work)) {
    for (const step of entry.steps) runStep(machine, tx, { step, work: part })
  }
}

function runStep<Work>(
  machine: Machine,
  tx: Transaction,
  what: { readonly step: Step<Work>; readonly work: Work },
): void {
  const { step, work } = what
  if (!isTaken(step, machine.generation.rules)) return
  if (step.cleanup !== undefined) tx.onUndo(() => step.cleanup?.(machine, work))
  const undo = step.undo === undefined ? undefined : () => step.undo?.(machine, work)
  tx.step(step.name, () => step.act(machine, work, tx), undo)
}

const isTaken = (step: Pick<Step<never>, 'when'>, rules: GenerationRules): boolean =>
  step.when === undefined || step.when(rules)

/** Names of the steps that the rules choose, in order. @alpha */
export interface ChosenSteps {
  readonly mayRefuse: readonly string[]
  readonly certain: readonly string[]
}

/** What a generation does in a transaction, by the names of its steps; steps of a part are `part: step`. */
export function chosenSteps<Work>(
  { mayRefuse, certain }: StepTable<Work>,
  rules: GenerationRules,
): ChosenSteps {
  const namesOf = (entries: readonly StepEntry<Work>[]): string[] =>
    entries.flatMap((entry) => {
      const steps = ('per' in entry ? entry.steps : [entry]).filter((step) => isTaken(step, rules))
      return steps.map(({ name }) => ('per' in entry ? `${entry.per}: ${name}` : name))
    })
  return { mayRefuse: namesOf(mayRefuse), certain: namesOf(certain) }
}
