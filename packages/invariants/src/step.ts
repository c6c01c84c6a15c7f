import type {
  Errno,
  ErrorCode,
  LogLine,
  Machine,
  MemoryEvent,
  MemoryNotice,
  PlatformEvent,
  Uevent,
} from '@memhp/core'
import { isHotplugError, registerMemoryNotifier } from '@memhp/core'
import type { MachineOperation } from '@memhp/trace'
import { type Observation, observe } from './observation'

/** What an operation came to. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly errno: Errno; readonly code: ErrorCode }

/** What the notifier chain was told or asked. */
export interface Notice extends MemoryNotice {
  readonly event: MemoryEvent
}

/** One operation with what was before, what happened and what is after it. It lasts until the machine has settled. */
export interface Step {
  readonly machine: Machine
  readonly operation: MachineOperation
  /** The kernel's name of the device that an unplug asks for; null where it has none, and for other operations. */
  readonly asksFor: string | null
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

/** Whether a step is one that adds, removes or switches memory, or tries to: others only change how it is used. */
export const isHotplug = ({ operation: { op } }: Step): boolean =>
  op === 'write' || op === 'plug' || op === 'unplug' || op === 'add' || op === 'remove'

function nameOfAsked(machine: Machine, operation: MachineOperation): string | null {
  if (operation.op !== 'unplug') return null
  const plugged = machine.drivers.flatMap((driver) => driver.platform.plugged(machine))
  return plugged.find(({ id }) => id === operation.id)?.name ?? null
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
export function watchStep(machine: Machine, operation: MachineOperation, act: () => void): Step {
  const faulted = machine.stepFaults.size > 0
  const heard: Heard = { uevents: [], notices: [], platform: [], log: [] }
  const asksFor = nameOfAsked(machine, operation)
  const before = observe(machine)
  const outcome = outcomeOf(act, listen(machine, heard))
  const after = observe(machine)
  return { machine, operation, asksFor, outcome, before, after, ...heard, faulted }
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
