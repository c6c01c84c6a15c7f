import type { Plugins } from '@memhp/core'
import type { SimStep } from './operation'
import { replaySteps, SimulationFailure } from './simulate'

/** The message of a failure without its numbers: two failures with the same one are taken for the same. */
const kindOf = (failure: SimulationFailure): string =>
  String(failure.cause).replace(/0x[0-9a-f]+|\d+/g, 'N')

/**
 * Leaves out steps of a failure, halves first, then ever shorter runs of them, last first, as long as the same thing still
 * goes wrong. For people who look for the cause: costs as many runs as twice the steps, of which most are short.
 * @returns the shorter failure; the same one where every step is needed
 */
export function shortenFailure(failure: SimulationFailure, plugins: Plugins): SimulationFailure {
  const wanted = kindOf(failure)
  let shortest = failure
  for (let size = failure.steps.length - 1; size >= 1; size = Math.floor(size / 2)) {
    let end = shortest.steps.length - 1
    while (end > 0) {
      const start = Math.max(0, end - size)
      const steps = shortest.steps.filter((_, index) => index < start || index >= end)
      const found = failureOf(failure, steps, plugins)
      if (found !== undefined && kindOf(found) === wanted) shortest = found
      end = Math.min(start, shortest.steps.length - 1)
    }
  }
  return shortest
}

function failureOf(
  { description }: SimulationFailure,
  steps: readonly SimStep[],
  plugins: Plugins,
): SimulationFailure | undefined {
  try {
    replaySteps({ description, steps, plugins })
    return undefined
  } catch (error) {
    if (error instanceof SimulationFailure) return error
    throw error
  }
}
