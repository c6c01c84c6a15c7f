import { ERRNO, type Errno } from '../errors/errno'
import { HotplugError } from '../errors/hotplug-error'
import { directoryOf, readWrite } from '../kobject/mount'
import { say } from '../machine/say'
import { subsystemOf } from '../machine/subsystem'
import type { Directory } from '../model/directory'
import type { Machine } from '../model/machine'
import { registerMemoryNotifier } from '../notify/notify'

const EVENTS = ['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE'] as const

/**
 * Makes the memory chain fail on purpose.
 * @param errno null: healthy again
 * @throws HotplugError UNKNOWN_PLUGIN (EOPNOTSUPP) where the machine was made without `ERROR_INJECTION`
 * @public
 */
export function injectNotifierError(
  machine: Machine,
  injection: { readonly event: (typeof EVENTS)[number]; readonly errno: Errno | null },
): void {
  subsystemOf(machine, 'errorInjection', 'an error of a notifier')
  const { injectedNotifierErrors } = machine.state.memory
  if (injection.errno === null) injectedNotifierErrors.delete(injection.event)
  else injectedNotifierErrors.set(injection.event, injection.errno)
}

/** The module memory-notifier-error-inject: a notifier of priority 0. Source: lib/memory-notifier-error-inject.c 6.1. */
export function registerErrorInject(machine: Machine): void {
  registerMemoryNotifier(machine.memoryChain, {
    name: 'memory-notifier-error-inject',
    priority: 0,
    notifier: (event) => {
      if (event !== 'MEM_GOING_ONLINE' && event !== 'MEM_GOING_OFFLINE') return 'ok'
      const errno = machine.state.memory.injectedNotifierErrors.get(event)
      if (errno === undefined) return 'ok'
      say(machine, 'errorInjected', { errno: -ERRNO[errno], event })
      return errno
    },
  })
}

/** /sys/kernel/debug/notifier-error-inject/memory/actions: one `error` file an event, a negative errno or 0. */
export function errorInjectDirectory(machine: Machine): Directory {
  const actions = Object.fromEntries(
    EVENTS.map((event) => [
      event,
      directoryOf({
        error: readWrite(
          () => {
            const errno = machine.state.memory.injectedNotifierErrors.get(event)
            return `${errno === undefined ? 0 : -ERRNO[errno]}\n`
          },
          (text) => injectNotifierError(machine, { event, errno: parseErrno(text) }),
        ),
      }),
    ]),
  )
  return directoryOf({ actions: directoryOf(actions) })
}

function parseErrno(text: string): Errno | null {
  const value = Number(text.trim())
  if (value === 0) return null
  const found = Object.entries(ERRNO).find(([, number]) => number === -value)
  if (found === undefined) {
    throw new HotplugError(
      'BAD_NUMBER',
      'EINVAL',
      `${JSON.stringify(text)} is not a negative errno that memhp knows.`,
    )
  }
  return found[0] as Errno
}
