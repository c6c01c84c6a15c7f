import { HotplugError, type Machine, settle } from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { openSession, type Session } from '@memhp/trace'
import type { Scenario, ScenarioStep } from '../format/scenario'
import type { Outcome } from '../session/outcome'
import {
  ChangeReader,
  type Happenings,
  isReadable,
  type KeyChange,
  listen,
  MOST_BLOCKS,
} from '../session/record'
import { outcomeText } from '../verify/event-checks'
import type { Difference } from '../verify/evidence'
import { verify } from '../verify/verify'
import { attempt } from './attempt'
import { type BootOptions, bootScenario } from './boot'
import type { Failure } from './failure'

/** A step that has run. */
export interface StepReport extends Happenings {
  readonly step: ScenarioStep
  readonly outcome: Outcome
  /** What the step changed in the machine's tree; only where it was asked for. */
  readonly changes?: readonly KeyChange[]
  /** Empty where everything was as expected. */
  readonly failures: readonly Failure[]
}

export interface RunOptions extends BootOptions {
  /** Told of each step when it has run. */
  readonly onStep?: (report: StepReport) => void
  /** Number of the last step to run; default: the last there is. */
  readonly until?: number
  /** Whether to record what each step changes in the tree. Costs a walk over it for each step, and is refused above 32,768 blocks. */
  readonly changes?: 'record' | 'skip'
  /** Whether to check the invariants of machine and plugins after every step. */
  readonly invariants?: 'check' | 'skip'
  /** What to do after a failure; default `stop`, as what follows mostly fails because of it. */
  readonly onFailure?: 'stop' | 'continue'
}

export interface ScenarioResult {
  /** As the last step left it. */
  readonly machine: Machine
  /** With the names that the steps gave. */
  readonly session: Session
  /** What the twin of a captured host takes for true without evidence. */
  readonly assumptions: readonly string[]
  readonly steps: readonly StepReport[]
  /** All failures, in order. */
  readonly failures: readonly Failure[]
}

/** A scenario that runs step by step. */
export interface ScenarioRun {
  readonly scenario: Scenario
  readonly session: Session
  /** What the twin of a captured host takes for true without evidence. */
  readonly assumptions: readonly string[]
  /** Runs the next step. @returns undefined when all have run */
  next(): StepReport | undefined
}

/**
 * Boots the machine of a scenario, to run its steps one by one.
 * @throws HotplugError as `bootScenario`; BAD_ARGUMENT where changes are to be recorded of too many blocks
 */
export async function startScenario(
  scenario: Scenario,
  options: BootOptions & Pick<RunOptions, 'changes' | 'invariants'>,
): Promise<ScenarioRun> {
  const { machine, assumptions } = await bootScenario(scenario, options)
  const session = openSession(machine)
  const { changes: recording = 'skip', invariants = 'skip' } = options
  const changes = recording === 'record' ? changeReader(machine) : undefined
  let done = 0
  return {
    scenario,
    session,
    assumptions,
    next() {
      const step = scenario.steps[done]
      if (step === undefined) return undefined
      done += 1
      const checks = options.defects === 'left-out' ? (step.cured ?? step.checks) : step.checks
      const report = runStep(
        session,
        { ...step, checks },
        { ...options, settle: scenario.settle, changes },
      )
      if (invariants === 'check') checkInvariants(session.machine)
      return report
    },
  }
}

/**
 * Runs a scenario. Same scenario and plugins, same result.
 * @throws HotplugError as `bootScenario`; refusals and failed expectations of steps are in the result
 * @throws InvariantViolation for a bug in memhp or in a plugin
 */
export async function runScenario(
  scenario: Scenario,
  options: RunOptions,
): Promise<ScenarioResult> {
  const run = await startScenario(scenario, options)
  const steps: StepReport[] = []
  const limit = options.until ?? scenario.steps.length
  while (steps.length < limit) {
    const report = run.next()
    if (report === undefined) break
    steps.push(report)
    options.onStep?.(report)
    if (report.failures.length > 0 && options.onFailure !== 'continue') break
  }
  const { session, assumptions } = run
  const failures = steps.flatMap((report) => report.failures)
  return { machine: session.machine, session, assumptions, steps, failures }
}

/** @throws HotplugError BAD_ARGUMENT for a machine with too many blocks */
function changeReader(machine: Machine): ChangeReader {
  if (isReadable(machine)) return new ChangeReader(machine)
  const message = `What steps change is recorded of machines with at most ${MOST_BLOCKS} memory blocks: give this one less memory, or larger blocks.`
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', message, { detail: { option: 'changes' } })
}

interface StepMode extends Pick<BootOptions, 'dialects'> {
  readonly settle: Scenario['settle']
  /** Absent: what a step changes is not recorded. */
  readonly changes: ChangeReader | undefined
}

function runStep(session: Session, step: ScenarioStep, mode: StepMode): StepReport {
  const { machine } = session
  const heard = listen(machine)
  const managedPagesBefore = machine.state.memory.totalManagedPages
  // What others did to the machine meanwhile is not of this step.
  mode.changes?.read()
  const outcome = attempt(session, step.action, mode)
  if (mode.settle === 'automatic') settle(machine)
  const happenings = heard.end()
  const evidence = { session, outcome, happenings, managedPagesBefore }
  const failures = unexpectedRefusal(step, outcome).concat(
    step.checks.flatMap(({ place, want }) =>
      verify(want, evidence).map((difference) => ({ step: step.number, place, ...difference })),
    ),
  )
  return {
    step,
    outcome,
    ...happenings,
    ...(mode.changes === undefined ? {} : { changes: mode.changes.read() }),
    failures,
  }
}

/** A refusal is a failure unless the step says that it wants one. */
function unexpectedRefusal({ number, place, checks }: ScenarioStep, outcome: Outcome): Failure[] {
  if (outcome.kind === 'done' || checks.some(({ want }) => want.kind === 'refused')) return []
  const difference: Difference = {
    what: 'outcome',
    expected: 'done',
    seen: outcomeText(outcome),
  }
  return [{ step: number, place, ...difference }]
}
