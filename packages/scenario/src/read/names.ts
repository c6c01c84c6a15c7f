import type { Action } from '../format/action'
import type { CheckWant } from '../format/check'
import type { ScenarioStep } from '../format/scenario'
import { suggestion } from '../schema/values'
import type { Problem } from './problem'

type Names = Readonly<Record<'memory' | 'snapshot', Set<string>>>

/** What a step refers to by a name that an earlier step must have given. */
interface Reference {
  readonly names: keyof Names
  readonly name: string
}

function definition(action: Action): Reference | undefined {
  switch (action.kind) {
    case 'fill':
    case 'unmovable':
    case 'hugepages':
      return { names: 'memory', name: action.name }
    case 'snapshot':
      return { names: 'snapshot', name: action.name }
    default:
      return undefined
  }
}

function actionReferences(action: Action): readonly Reference[] {
  switch (action.kind) {
    case 'drop':
    case 'pin':
    case 'unpin':
      return [{ names: 'memory', name: action.name }]
    case 'restore':
      return [{ names: 'snapshot', name: action.name }]
    default:
      return []
  }
}

function checkReferences(want: CheckWant): readonly Reference[] {
  if (want.kind === 'same-as' || want.kind === 'differs-from') {
    return [{ names: 'snapshot', name: want.snapshot }]
  }
  if (want.kind !== 'intact' || want.names === 'all') return []
  return want.names.map((name) => ({ names: 'memory', name }))
}

const WORDS = {
  memory: { thing: 'memory', by: 'fill, unmovable or hugepages' },
  snapshot: { thing: 'snapshot', by: 'snapshot' },
} as const

function explain({ names, name }: Reference, known: ReadonlySet<string>): string {
  const { thing, by } = WORDS[names]
  const rest =
    known.size === 0 ? `an earlier step must name it with ${by}` : suggestion(name, [...known])
  return `no ${thing} is called "${name}"; ${rest}`
}

/** Finds names that no earlier step gives. */
export function nameProblems(steps: readonly ScenarioStep[]): readonly Problem[] {
  const known: Names = { memory: new Set(), snapshot: new Set() }
  const problems: Problem[] = []
  const lookUp = (reference: Reference, place: Problem['place']): void => {
    const names = known[reference.names]
    if (names.has(reference.name)) return
    problems.push({ place, message: explain(reference, names) })
  }
  for (const { place, action, checks } of steps) {
    if (action !== undefined) {
      for (const reference of actionReferences(action)) lookUp(reference, place)
      const given = definition(action)
      if (given !== undefined) known[given.names].add(given.name)
    }
    for (const check of checks) {
      for (const reference of checkReferences(check.want)) lookUp(reference, check.place)
    }
  }
  return problems
}
