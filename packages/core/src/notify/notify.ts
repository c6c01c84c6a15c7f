import { ERRNO, type Errno } from '../errors/errno'
import { HotplugError, isHotplugError } from '../errors/hotplug-error'
import { passPoint } from '../machine/faults'
import { logLine } from '../machine/journal'
import type { Machine } from '../model/machine'
import type {
  MemoryChain,
  MemoryChainEntry,
  MemoryEvent,
  MemoryNotice,
} from '../model/memory-chain'

export const createMemoryChain = (): MemoryChain => ({ entries: [] })

/**
 * Registers a notifier behind those of the same priority. A walk of the chain that is under way does not meet it.
 * @returns takes it out again
 * @public
 */
export function registerMemoryNotifier(chain: MemoryChain, entry: MemoryChainEntry): () => void {
  const index = chain.entries.findIndex((other) => other.priority < entry.priority)
  chain.entries.splice(index === -1 ? chain.entries.length : index, 0, entry)
  return () => {
    const place = chain.entries.indexOf(entry)
    if (place !== -1) chain.entries.splice(place, 1)
  }
}

/** What a notifier refuses with, and what it threw. */
interface Refusal {
  readonly errno: Errno
  readonly cause?: unknown
}

/** A notifier that throws refuses: with the errno of a `HotplugError`, else with the EPERM of a bare refusal. */
function answerOf(
  { notifier }: MemoryChainEntry,
  event: MemoryEvent,
  notice: MemoryNotice,
): 'ok' | Refusal {
  try {
    const answer = notifier(event, notice)
    if (answer === 'ok') return 'ok'
    return { errno: answer !== 'bad' && Object.hasOwn(ERRNO, answer) ? answer : 'EPERM' }
  } catch (cause) {
    return { errno: isHotplugError(cause) ? cause.errno : 'EPERM', cause }
  }
}

/**
 * Asks the chain whether a transition may go on; the first refusal ends the walk.
 * @throws HotplugError NOTIFIER_REFUSED with the notifier's errno, EPERM for a bare refusal; what a notifier threw is the
 *   `cause`
 */
export function askMemoryChain(
  machine: Machine,
  event: 'MEM_PREPARE_ONLINE' | 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE',
  notice: MemoryNotice,
): void {
  for (const entry of [...machine.memoryChain.entries, lastOf(machine)]) {
    const answer = answerOf(entry, event, notice)
    if (answer === 'ok') continue
    const { errno, ...cause } = answer
    const { name } = entry
    const how = 'cause' in cause ? `threw at ${event}: ${String(cause.cause)}` : `refused ${event}.`
    throw new HotplugError('NOTIFIER_REFUSED', errno, `Notifier ${name} ${how}`, {
      ...cause,
      detail: { notifier: name, event, ...notice },
    })
  }
}

/** Stands for the notifiers of other subsystems, behind all that a machine has: one that refuses where a fault is injected. */
const lastOf = (machine: Machine): MemoryChainEntry => ({
  name: 'others',
  priority: Number.NEGATIVE_INFINITY,
  notifier: (event) => {
    passPoint(machine, `chain/${event}`)
    return 'ok'
  },
})

/** Tells the whole chain, whatever it answers. What a notifier throws is a line of the log. */
export function tellMemoryChain(machine: Machine, event: MemoryEvent, notice: MemoryNotice): void {
  for (const { name, notifier } of [...machine.memoryChain.entries]) {
    try {
      notifier(event, notice)
    } catch (error) {
      logLine(machine, 'err', `notifier ${name} threw at ${event}: ${String(error)}`)
    }
  }
}
