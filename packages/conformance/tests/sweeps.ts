import { type FaultCase, type FaultSweepOptions, sweepAll } from '../src/index'
import { PLUGINS } from './plugins'

/** What one test sweeps. */
export type Choice = Pick<FaultSweepOptions, 'arch' | 'variant' | 'kernel' | 'operation' | 'pairs'>

/** Choices with what their tests are called. */
export const named = (choices: readonly Choice[]): readonly (readonly [string, Choice])[] =>
  choices.map((choice) => {
    const { arch, variant, kernel, operation = 'all' } = choice
    return [`${arch} (${variant}) ${kernel}: ${operation}`, choice]
  })

const SWEPT = new Map<Choice, readonly FaultCase[]>()

/** The cases of a choice. It is swept once, for whichever test asks first. */
export function casesOf(choice: Choice): readonly FaultCase[] {
  const cases = SWEPT.get(choice) ?? [...sweepAll({ plugins: PLUGINS, ...choice })]
  SWEPT.set(choice, cases)
  return cases
}

/** What is wrong in the cases of a choice. */
export const messagesOf = (choice: Choice): readonly string[] =>
  casesOf(choice).flatMap((each) =>
    each.kind === 'broken'
      ? [`${each.arch} ${each.kernel}, ${each.operation}; ${each.message}`]
      : [],
  )

/** How many cases of a choice came to what is declared. */
export const cleanCount = (choice: Choice): number =>
  casesOf(choice).filter(({ kind }) => kind === 'clean').length
