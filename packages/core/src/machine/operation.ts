import { HotplugError } from '../errors/hotplug-error'
import { throwAll } from '../errors/throw-all'
import type { Machine } from '../model/machine'

/** How many operations observers may begin in one telling: more are observers that answer each other for ever. */
const OBSERVERS_OPERATIONS = 10_000

const refuse = (operation: string, what: string): HotplugError =>
  new HotplugError('OPERATION_IN_PROGRESS', 'EBUSY', `${operation}: ${what}`, {
    detail: { operation },
  })

/**
 * Refuses what must not begin while an operation is under way.
 * @throws HotplugError OPERATION_IN_PROGRESS (EBUSY)
 */
export function demandIdle({ activity }: Machine, operation: string): void {
  if (activity.phase !== 'idle') throw refuse(operation, 'another operation is under way.')
}

/** What an operation came to, and what its observers and hooks threw. */
interface Outcome<T> {
  readonly result: { readonly value: T } | { readonly error: unknown }
  readonly thrown: readonly unknown[]
}

/** Runs an operation on an idle machine, then tells the observers what happened. */
export function runOperation<T>(machine: Machine, body: () => T): Outcome<T> {
  const { activity, observers } = machine
  activity.phase = 'operation'
  let result: Outcome<T>['result']
  try {
    result = { value: body() }
  } catch (error) {
    result = { error }
  } finally {
    activity.phase = 'idle'
  }
  const held = activity.heldErrors.splice(0)
  const told = observers.tellHeld()
  return { result, thrown: held.length === 0 ? told : [...held, ...told] }
}

/**
 * Runs `body` as one operation: what is asked of a machine from outside. It is a part of the operation that is under way
 * where a driver asks for it in the course of its work. Observers are told when the whole is over.
 * @throws what `body` threw, what a hook threw past the point where it could refuse, and what observers threw: one error
 *   as it is, several as an `AggregateError` in this order; HotplugError OPERATION_IN_PROGRESS (EBUSY) in the midst of a
 *   transaction, where the kernel would wait for its own lock for ever
 * Source: device_hotplug_lock, drivers/base/core.c 6.1.
 */
export function operate<T>(machine: Machine, operation: string, body: () => T): T {
  const { activity, observers } = machine
  if (activity.phase === 'operation') return body()
  if (activity.phase === 'transaction') {
    throw refuse(operation, 'asked for in the midst of a transaction; ask when it is over.')
  }
  if (!observers.admitOperation(OBSERVERS_OPERATIONS)) {
    throw refuse(operation, `observers began ${OBSERVERS_OPERATIONS} operations, and go on.`)
  }
  const { result, thrown } = runOperation(machine, body)
  if ('error' in result) {
    throwAll([result.error, ...thrown])
    throw result.error
  }
  throwAll(thrown)
  return result.value
}
