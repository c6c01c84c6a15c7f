import { type ErrorCode, type HotplugError, refusalOf, settle } from '@memhp/core'
import type { RecordedOperation } from '../operation'
import { checkInjection } from '../read/check-injection'
import { refuse } from '../read/refuse'
import type { TraceResult } from '../trace'
import { perform } from './perform'
import { readMachine } from './reading'
import type { Session } from './session'

/** What an operation is answered with, as traces have it. What the platform holds afterwards is told apart. */
export type Answer = Omit<TraceResult, 'devices' | 'virtio' | 'settled'>

/** Codes by which memhp or a plugin gives up. All others stand for what kernel or platform answer. */
const OWN_CODES: Partial<Record<ErrorCode, true>> = {
  NOT_IMPLEMENTED: true,
  BAD_DESCRIPTION: true,
  BAD_PLUGIN: true,
  UNKNOWN_PLUGIN: true,
  BAD_CAPTURE: true,
  UNKNOWN_VERSION: true,
  BAD_SCENARIO: true,
  EXPECTATION_FAILED: true,
  BAD_TRACE: true,
  NOT_A_TRACE: true,
  IMPOSSIBLE_GOAL: true,
}

/** What only a hypervisor does. */
const FOR_PLATFORM: readonly string[] = ['plug', 'unplug', 'request', 'plugv']

/** What kernel or platform refuse with; undefined where they do not. @throws whatever is not an answer of theirs, as it is */
function answerTo(act: () => unknown): HotplugError | undefined {
  const refusal = refusalOf(act)
  if (refusal !== undefined && OWN_CODES[refusal.code]) throw refusal
  return refusal
}

/**
 * Performs an operation as a guest would: lets the machine settle, and puts a refusal into the words of a trace.
 * @throws HotplugError BAD_TRACE, with its place (`op`), for what the machine cannot do at all; what memhp or a plugin
 *   itself gives up with
 */
export function answerOperation(session: Session, operation: RecordedOperation): Answer {
  const { machine } = session
  const isForPlatform = FOR_PLATFORM.includes(operation.op)
  if (isForPlatform && machine.drivers.length === 0) {
    return refuse('op', 'the machine has no firmware driver.')
  }
  const answer = answerOf(session, operation)
  settle(machine)
  return answer
}

function answerOf(session: Session, operation: RecordedOperation): Answer {
  switch (operation.op) {
    case 'plug':
    case 'unplug':
    case 'request':
    case 'plugv': {
      const refusal = answerTo(() => perform(session, operation))
      return refusal === undefined ? {} : { error: refusal.message }
    }
    case 'write':
      return { errno: answerTo(() => perform(session, operation))?.errno ?? null }
    case 'fill':
      return { ok: !isRefused(() => perform(session, operation), 'OUT_OF_MEMORY') }
    case 'drop':
      return answerOfDrop(session, operation.file)
    case 'inject':
      checkInjection(operation, 'op')
      perform(session, operation)
      return { ok: true }
    case 'sclp_fail':
      perform(session, operation)
      return {}
    case 'look':
      return {}
    case 'shell':
      perform(session, operation)
      return {}
    case 'page-tables':
    case 'pgdat-read':
    case 'page-cgroup-tables':
      return { reading: readMachine(session.machine, operation) }
  }
}

/** A file that the model had no room for does not exist: that is not a fault of the trace. */
function answerOfDrop(session: Session, file: string): Answer {
  if (!session.memory.has(file)) return { ok: false }
  const { isIntact } = perform(session, { op: 'drop', file })
  return isIntact ? { ok: true } : { ok: false, corrupt: [file] }
}

/** @throws the refusal where its code is another */
function isRefused(act: () => unknown, code: ErrorCode): boolean {
  const refusal = refusalOf(act)
  if (refusal !== undefined && refusal.code !== code) throw refusal
  return refusal !== undefined
}
