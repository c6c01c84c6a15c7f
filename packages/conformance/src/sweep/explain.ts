import { isSame } from '@memhp/invariants'
import type { CanonicalMemory } from './masks'
import type { NotRolledBack } from './not-rolled-back'

/** What was expected, and what is. */
export interface MemoryPair {
  readonly before: CanonicalMemory
  readonly after: CanonicalMemory
}

/** How many exceptions may show at a time. */
const MOST_EXCEPTIONS = 3

/**
 * The fewest exceptions that account for all of a difference; of several sets the first, in the order given.
 * @returns their ids, none where nothing differs; undefined where something is left that none of them declares
 */
export function explain(
  pair: MemoryPair,
  exceptions: readonly NotRolledBack[],
): readonly string[] | undefined {
  if (isSame(pair)) return []
  const usable = exceptions.filter(({ without }) => without !== undefined)
  for (let size = 1; size <= MOST_EXCEPTIONS; size++) {
    for (const chosen of subsetsOf(usable, size))
      if (isSame(withoutAll(pair, chosen))) return chosen.map(({ id }) => id)
  }
  return undefined
}

/** The pair without what exceptions declare. */
export const withoutAll = (
  pair: MemoryPair,
  exceptions: readonly Pick<NotRolledBack, 'without'>[],
): MemoryPair =>
  exceptions.reduce<MemoryPair>(
    (rest, { without }) =>
      without === undefined ? rest : { before: without(rest.before), after: without(rest.after) },
    pair,
  )

function* subsetsOf<T>(items: readonly T[], size: number, from = 0): Generator<readonly T[]> {
  if (size === 0) {
    yield []
    return
  }
  for (let i = from; i + size <= items.length; i++) {
    const item = items[i]
    if (item === undefined) continue
    for (const rest of subsetsOf(items, size - 1, i + 1)) yield [item, ...rest]
  }
}
