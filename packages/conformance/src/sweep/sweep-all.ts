import { InvariantViolation, type Plugins } from '@memhp/core'
import { coreInjectionPoints } from '@memhp/core/inspect'
import type { FirmwareDialect, InjectionPoint, Random } from '@memhp/core/plugin'
import { DIALECTS } from '@memhp/platforms/dialects'
import { createRandom } from '../generators/random'
import { type FaultResult, ImpossibleOperation, OperationSweep } from './fault-sweep'
import { bootOf, type SweptMachine, sweptMachines } from './machines'
import type { SweepOperation } from './operations'

/** What is swept. */
export interface FaultSweepOptions {
  readonly plugins: Plugins
  /** Default: all that @memhp/platforms lists. */
  readonly dialects?: readonly FirmwareDialect[]
  /** Only machines of this architecture, kind of it, kernel. */
  readonly arch?: string
  readonly variant?: string
  readonly kernel?: string
  /** Only operations whose name contains this. */
  readonly operation?: string
  /** Only this point. */
  readonly point?: string
  /** Of a point that an operation passes more than once: the first and the last time (default), or every time. */
  readonly times?: 'ends' | 'every'
  /** Pairs of faults that are drawn once each point has failed alone; default 0. */
  readonly pairs?: number
  /** What pairs are drawn from; default 1. */
  readonly seed?: number
}

/** A machine of a case, as plain data. */
export type CaseMachine = Pick<SweptMachine, 'arch' | 'variant' | 'kernel'>

/** What one case of a sweep came to. */
export type FaultCase = CaseMachine &
  (
    | (FaultResult & { readonly kind: 'clean' })
    | {
        readonly kind: 'broken'
        readonly operation: string
        /** What is wrong. */
        readonly message: string
      }
    /** An operation begins that passes these points where nothing fails. */
    | {
        readonly kind: 'operation'
        readonly operation: string
        readonly passed: readonly string[]
      }
    /** The machine refuses the operation although nothing fails: what describes memory may lie in it. */
    | { readonly kind: 'impossible'; readonly operation: string; readonly message: string }
  )

/** Every injection point: those of core, and those of drivers. */
export const injectionPointsOf = (
  dialects: readonly FirmwareDialect[] = DIALECTS,
): readonly InjectionPoint[] => [
  ...coreInjectionPoints(),
  ...dialects.flatMap(({ walk }) => walk.sweep?.points ?? []),
]

/** The kinds of machines that a sweep is about. */
export const chosenMachines = (options: FaultSweepOptions): readonly SweptMachine[] =>
  sweptMachines(options.plugins, options.dialects ?? DIALECTS).filter(
    ({ arch, variant, kernel }) =>
      (options.arch === undefined || arch === options.arch) &&
      (options.variant === undefined || variant === options.variant) &&
      (options.kernel === undefined || kernel === options.kernel),
  )

/**
 * Makes each injection point fail once, alone, in every operation on every kind of machine that is chosen; then pairs of
 * faults at random, of which the second happens while the first is dealt with, or as the operation is asked for again.
 * Tells of each case as soon as it is done.
 */
export function* sweepAll(options: FaultSweepOptions): Generator<FaultCase, void, undefined> {
  const points = injectionPointsOf(options.dialects)
  const visits: Visit[] = []
  for (const machine of chosenMachines(options)) {
    for (const operation of machine.operations) {
      if (!operation.name.includes(options.operation ?? '')) continue
      yield* visit({ machine, operation, options, points, visits })
    }
  }
  yield* sweepPairs(visits, points, options)
}

/** An operation that a machine has. */
interface Visit {
  readonly machine: SweptMachine
  readonly operation: SweepOperation
}

const kindOf = ({ arch, variant, kernel }: SweptMachine): CaseMachine => ({ arch, variant, kernel })

/** @returns undefined where the machine does not have the operation */
function openSweep(
  { machine, operation }: Visit,
  points: readonly InjectionPoint[],
  plugins: Plugins,
): OperationSweep | undefined {
  const booted = bootOf({ ...machine.description, ...operation.description }, plugins)
  if (booted === undefined || operation.when?.(booted) === false) return undefined
  return new OperationSweep(booted, operation, points)
}

function* visit(
  what: Visit & {
    readonly options: FaultSweepOptions
    readonly points: readonly InjectionPoint[]
    readonly visits: Visit[]
  },
): Generator<FaultCase, void, undefined> {
  const { machine, operation, options, points, visits } = what
  const kind = kindOf(machine)
  const found = attempt(kind, operation, () => openSweep(what, points, options.plugins))
  if (found === undefined) return
  if (!(found instanceof OperationSweep)) {
    yield found
    return
  }
  const { passed } = found
  visits.push({ machine, operation })
  yield { kind: 'operation', ...kind, operation: operation.name, passed }
  for (const index of timesOf(passed, options)) {
    yield attempt(kind, operation, () => ({
      kind: 'clean',
      ...kind,
      ...found.run([[found.faultAt(index)]]),
    }))
  }
}

/** What a case came to, or what is wrong with it. A bug that is not a violated invariant is one, too. */
function attempt<T>(
  kind: CaseMachine,
  { name: operation }: SweepOperation,
  act: () => T,
): T | (FaultCase & { readonly kind: 'broken' | 'impossible' }) {
  try {
    return act()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof ImpossibleOperation)
      return { kind: 'impossible', ...kind, operation, message }
    const text = error instanceof InvariantViolation ? message : `${message} (${String(error)})`
    return { kind: 'broken', ...kind, operation, message: text }
  }
}

/** Places in the points that an operation passes. */
function timesOf(
  passed: readonly string[],
  { point, times }: FaultSweepOptions,
): readonly number[] {
  return passed.flatMap((name, i) => {
    if (point !== undefined && name !== point) return []
    const isEnd = passed.indexOf(name) === i || passed.lastIndexOf(name) === i
    return times === 'every' || isEnd ? [i] : []
  })
}

function* sweepPairs(
  visits: readonly Visit[],
  points: readonly InjectionPoint[],
  options: FaultSweepOptions,
): Generator<FaultCase, void, undefined> {
  const { pairs = 0, seed = 1, plugins, point } = options
  const random = createRandom(seed)
  const usable = visits.length === 0 ? [] : Array.from({ length: pairs }, () => random.pick(visits))
  // All pairs of one operation while it is at hand, in the order of the machines.
  for (const each of visits) {
    const count = usable.filter((drawn) => drawn === each).length
    if (count === 0) continue
    const sweep = openSweep(each, points, plugins)
    if (sweep === undefined) continue
    const kind = kindOf(each.machine)
    const firsts = timesOf(sweep.passed, { plugins, times: 'every', ...(point && { point }) })
    for (let i = 0; i < count && firsts.length > 0; i++) {
      yield attempt(kind, each.operation, () => ({
        kind: 'clean',
        ...kind,
        ...runPair(random, sweep, random.pick(firsts)),
      }))
    }
  }
}

/** The second fault is at a point that is passed after the first one, or in the next attempt where none is. */
function runPair(random: Random, sweep: OperationSweep, index: number): FaultResult {
  const first = sweep.faultAt(index)
  const alone = sweep.run([[first]])
  const after = alone.passedAfter.length
  if (after > 0) {
    const second = random.below(after)
    return sweep.run([[first, sweep.faultOf(alone.passedAfter[second] ?? '', second)]])
  }
  if (!sweep.isRepeated) return alone
  return sweep.run([[first], [sweep.faultAt(random.below(sweep.passed.length))]])
}
