import type {
  Errno,
  ErrorCode,
  LogLine,
  Machine,
  MemoryEvent,
  MemoryNotice,
  PhysRange,
  PlatformEvent,
  PlugRequest,
  Uevent,
} from '@memhp/core'
import { isHotplugError, registerMemoryNotifier } from '@memhp/core'
import { type Observation, observe } from './observation'

/** What is done to a machine. A step lasts until the machine has settled. */
export type Operation =
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'plug'; readonly request: PlugRequest }
  | { readonly kind: 'unplug'; readonly id: string; readonly device: string | null }
  | { readonly kind: 'add'; readonly range: PhysRange }
  | { readonly kind: 'remove'; readonly range: PhysRange }
  /** Something that no invariant of a step is about: page cache, fault injection, … */
  | { readonly kind: 'other'; readonly name: string }

/** What an operation came to. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly errno: Errno; readonly code: ErrorCode }

/** What the notifier chain was told or asked. */
export interface Notice extends MemoryNotice {
  readonly event: MemoryEvent
}

/** One operation with what was before, what happened and what is after it. */
export interface Step {
  readonly machine: Machine
  readonly operation: Operation
  readonly outcome: Outcome
  readonly before: Observation
  readonly after: Observation
  readonly uevents: readonly Uevent[]
  /** What the memory notifier chain was told and asked, in order. */
  readonly notices: readonly Notice[]
  readonly platform: readonly PlatformEvent[]
  readonly log: readonly LogLine[]
  /** Steps of transactions were made to fail on purpose: a stopped step asked no notifier. */
  readonly faulted: boolean
}

/** What happened on a machine while it was watched. */
interface Heard {
  readonly uevents: Uevent[]
  readonly notices: Notice[]
  readonly platform: PlatformEvent[]
  readonly log: LogLine[]
}

/** Records what happens on a machine and what its notifier chain is told. @returns ends that */
function listen(machine: Machine, heard: Heard): () => void {
  const forget = registerMemoryNotifier(machine.memoryChain, {
    name: 'invariants',
    priority: Number.POSITIVE_INFINITY,
    notifier: (event, notice) => {
      heard.notices.push({ event, ...notice })
      return 'ok'
    },
  })
  const unsubscribe = machine.observe((event) => {
    if (event.kind === 'uevent') heard.uevents.push(event.uevent)
    if (event.kind === 'platform') heard.platform.push(event.event)
    if (event.kind === 'log') heard.log.push(event.line)
  })
  return () => {
    forget()
    unsubscribe()
  }
}

/**
 * Carries an operation out and tells all that `checkStep` needs. A refusal is an outcome, not an exception.
 * @param act does it, and lets the machine settle
 */
export function watchStep(machine: Machine, operation: Operation, act: () => void): Step {
  const faulted = machine.stepFaults.size > 0
  const heard: Heard = { uevents: [], notices: [], platform: [], log: [] }
  const before = observe(machine)
  const outcome = outcomeOf(act, listen(machine, heard))
  return { machine, operation, outcome, before, after: observe(machine), ...heard, faulted }
}

function outcomeOf(act: () => void, cleanUp: () => void): Outcome {
  try {
    act()
    return { kind: 'done' }
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return { kind: 'refused', errno: error.errno, code: error.code }
  } finally {
    cleanUp()
  }
}
