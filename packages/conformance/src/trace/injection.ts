import { ERRNO, type Errno } from '@memhp/core'
import { refuse } from './refuse'
import type { TraceOperation } from './trace'

/** Events that a notifier can refuse. Source: lib/memory-notifier-error-inject.c 6.1. */
const EVENTS = ['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE'] as const

/** What a notifier answers from now on. */
export interface Injection {
  readonly event: (typeof EVENTS)[number]
  /** Null: it is healthy again. */
  readonly errno: Errno | null
}

/**
 * Reads what an operation makes fail.
 * @param place of the operation: `steps/12/op`
 * @throws HotplugError BAD_TRACE for an event that nobody can make fail, and for a number that is no errno
 */
export function injectionOf(
  operation: Extract<TraceOperation, { op: 'inject' }>,
  place: string,
): Injection {
  const event = EVENTS.find((name) => name === operation.event)
  if (event === undefined) {
    return refuse(
      `${place}/event`,
      `is none of ${EVENTS.join(', ')}: no other event can be made to fail.`,
    )
  }
  if (operation.errno === 0) return { event, errno: null }
  const errno = (Object.keys(ERRNO) as Errno[]).find((name) => ERRNO[name] === -operation.errno)
  if (errno !== undefined) return { event, errno }
  return refuse(
    `${place}/errno`,
    `${operation.errno} is neither 0 nor minus an errno that memhp knows.`,
  )
}
