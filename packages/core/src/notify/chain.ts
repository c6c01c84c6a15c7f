import { ERRNO, type Errno } from '../errors/errno'
import { HotplugError, isHotplugError } from '../errors/hotplug-error'
import { passPoint } from '../machine/faults'
import { logLine } from '../machine/journal'
import type { Machine } from '../model/machine'
import type { ChainEntry, NotifierChain } from '../model/notifier-chain'

/** Registers a notifier behind those of the same priority. A walk that is under way does not meet it. @returns takes it out again */
export function register<Entry extends ChainEntry<never, never>>(
  entries: Entry[],
  entry: Entry,
): () => void {
  const index = entries.findIndex((other) => other.priority < entry.priority)
  entries.splice(index === -1 ? entries.length : index, 0, entry)
  return () => {
    const place = entries.indexOf(entry)
    if (place !== -1) entries.splice(place, 1)
  }
}

/** What a notifier refuses with, and what it threw. */
interface Refusal {
  readonly errno: Errno
  readonly cause?: unknown
}

/** A notifier that throws refuses: with the errno of a `HotplugError`, else with the EPERM of a bare refusal. */
function answerOf<Event extends string, Notice>(
  { notifier }: ChainEntry<Event, Notice>,
  event: Event,
  notice: Notice,
): 'ok' | Refusal {
  try {
    const answer = notifier(event, notice)
    if (answer === 'ok') return 'ok'
    return { errno: answer !== 'bad' && Object.hasOwn(ERRNO, answer) ? answer : 'EPERM' }
  } catch (cause) {
    return { errno: isHotplugError(cause) ? cause.errno : 'EPERM', cause }
  }
}

/** What a chain is told. */
interface Call<Event extends string, Notice> {
  readonly event: Event
  readonly notice: Notice
}

/**
 * Asks a chain whether a transition may go on; the first refusal ends the walk.
 * @throws HotplugError NOTIFIER_REFUSED with the notifier's errno, EPERM for a bare refusal; what a notifier threw is the
 *   `cause`
 */
export function ask<Event extends string, Notice extends object>(
  machine: Machine,
  { entries }: NotifierChain<Event, Notice>,
  { event, notice }: Call<Event, Notice>,
): void {
  for (const entry of [...entries, lastOf<Event, Notice>(machine)]) {
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
const lastOf = <Event extends string, Notice>(machine: Machine): ChainEntry<Event, Notice> => ({
  name: 'others',
  priority: Number.NEGATIVE_INFINITY,
  notifier: (event) => {
    passPoint(machine, `chain/${event}`)
    return 'ok'
  },
})

/** Tells a whole chain, whatever it answers. What a notifier throws is a line of the log. */
export function tell<Event extends string, Notice>(
  machine: Machine,
  { entries }: NotifierChain<Event, Notice>,
  { event, notice }: Call<Event, Notice>,
): void {
  for (const { name, notifier } of [...entries]) {
    try {
      notifier(event, notice)
    } catch (error) {
      logLine(machine, 'err', `notifier ${name} threw at ${event}: ${String(error)}`)
    }
  }
}
