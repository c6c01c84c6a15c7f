import { type HotplugError, invariant, refusalOf } from '@memhp/core'
import { differenceLines } from '../differences'

/** One thing that a plugin must keep to. */
export interface Contract {
  /** A sentence about the plugin, without it: `keeps its state as plain data`. */
  readonly name: string
  /** @throws InvariantViolation that says what was wrong, and where; with a counterexample where values were drawn */
  run(): void
}

/** The two functions of a test runner that a suite needs: those of vitest, of node:test, of jest. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  /** @param timeout milliseconds; the runner's default where it is not given */
  test(name: string, body: () => void, timeout?: number): unknown
}

/** How the values of a suite's properties are drawn. */
export interface DrawOptions {
  /** Draws of each property; default 20. */
  readonly runs?: number
  /** What they are drawn from, a 32-bit integer; default: what fast-check is configured with, or a new one each time. */
  readonly seed?: number
}

/** Parameters of fast-check for a property that is drawn `times` as often as others. */
export const drawsOf = (
  { runs = 20, seed }: DrawOptions,
  times: number,
): { readonly numRuns: number; readonly seed?: number } => ({
  numRuns: Math.ceil(times * runs),
  ...(seed === undefined ? {} : { seed }),
})

/** How a suite is run. */
export interface SuiteRun {
  readonly runner: TestRunner
  /** Milliseconds that a contract may take; default: what the runner allows. */
  readonly timeout?: number
}

/** Makes a test of each contract. */
export function testContracts(
  { runner, timeout, title }: SuiteRun & { readonly title?: string },
  suite: { readonly name: string; readonly contracts: readonly Contract[] },
): void {
  // A runner that is given no time of ours keeps to its own way of taking one.
  const limit = timeout === undefined ? [] : [timeout]
  runner.describe(title === undefined ? suite.name : `${suite.name}, ${title}`, () => {
    for (const { name, run } of suite.contracts) runner.test(name, run, ...limit)
  })
}

/** Requires that two pieces of plain data are the same. @throws InvariantViolation with the places that differ */
export function demandSame(
  what: string,
  pair: { readonly before: unknown; readonly after: unknown },
): void {
  const lines = differenceLines(pair)
  invariant(lines.length === 0, [what, ...lines.map((line) => `  ${line}`)].join('\n'))
}

/** What a refusal must be. */
export interface ExpectedRefusal {
  readonly codes: readonly HotplugError['code'][]
  readonly errno: HotplugError['errno']
}

/** Requires that an action is refused. @throws InvariantViolation that names what it was */
export function demandRefused(
  what: string,
  act: () => unknown,
  { codes, errno }: ExpectedRefusal,
): HotplugError {
  const refusal = refusalOf(act)
  const wanted = `${codes.join(' or ')} (${errno})`
  invariant(refusal !== undefined, `${what} must be refused with ${wanted}, and was not.`)
  const isRight = codes.includes(refusal.code) && refusal.errno === errno
  invariant(
    isRight,
    `${what} must be refused with ${wanted}, not ${refusal.code} (${refusal.errno}).`,
  )
  invariant(refusal.message !== '', `${what}: the refusal says nothing.`)
  return refusal
}
