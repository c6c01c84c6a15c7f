import {
  allocateTracked,
  type Errno,
  type ErrorCode,
  type HotplugError,
  injectNotifierError,
  type Machine,
  MIB,
  nodeId,
  type Platform,
  platformOf,
  refusalOf,
  releaseAllocation,
  settle,
  verifyAllocation,
} from '@memhp/core'
import { injectionOf } from '../trace/injection'
import { refuse } from '../trace/refuse'
import type { TraceOperation } from '../trace/trace'

/** What an operation answered on the model, in the words of a trace. */
export interface Performed {
  readonly errno?: Errno | null
  readonly error?: string
  readonly ok?: boolean
  readonly corrupt?: readonly string[]
}

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

/**
 * Carries one recorded operation out on the model, and lets the model settle.
 * @throws HotplugError BAD_TRACE, with its place (`op/event`), for what the machine cannot do at all; what memhp or a
 *   plugin itself gives up with
 */
export function performOperation(machine: Machine, operation: TraceOperation): Performed {
  const performed = act(machine, operation)
  settle(machine)
  return performed
}

function act(machine: Machine, operation: TraceOperation): Performed {
  switch (operation.op) {
    case 'write':
      return write(machine, operation)
    case 'plug': {
      const { id, mib, node } = operation
      const request = { id, sizeBytes: mib * MIB, node }
      return platform(machine, (it) => it.plug(machine, request))
    }
    case 'unplug':
      return platform(machine, (it) => it.requestUnplug(machine, operation.id))
    case 'fill':
      return fill(machine, operation)
    case 'drop':
      return drop(machine, operation.file)
    case 'inject':
      return inject(machine, operation)
  }
}

function write(machine: Machine, operation: Extract<TraceOperation, { op: 'write' }>): Performed {
  const refusal = answerTo(() => machine.tree.write(operation.path, operation.value))
  return { errno: refusal?.errno ?? null }
}

function platform(machine: Machine, act: (it: Platform) => unknown): Performed {
  if (machine.drivers.length === 0) return refuse('op', 'the machine has no firmware driver.')
  const refusal = answerTo(() => act(platformOf(machine)))
  return refusal === undefined ? {} : { error: refusal.message }
}

/** What kernel or platform refuse with; undefined where they do not. @throws whatever is no answer of theirs, as it is */
function answerTo(act: () => unknown): HotplugError | undefined {
  const refusal = refusalOf(act)
  if (refusal !== undefined && OWN_CODES[refusal.code]) throw refusal
  return refusal
}

function fill(machine: Machine, operation: Extract<TraceOperation, { op: 'fill' }>): Performed {
  const refusal = refusalOf(() =>
    allocateTracked(machine, {
      name: operation.file,
      kind: 'file',
      pageCount: (operation.mib * MIB) / machine.geometry.pageBytes,
      nodeId: nodeId(operation.node),
      policy: operation.policy === 'bind' ? 'bind' : 'prefer',
    }),
  )
  if (refusal !== undefined && refusal.code !== 'OUT_OF_MEMORY') throw refusal
  return { ok: refusal === undefined }
}

/** A file that the model had no room for is not there: that is no fault of the trace. */
function drop(machine: Machine, file: string): Performed {
  const owner = [...machine.state.memory.allocations.values()].find(({ name }) => name === file)
  if (owner === undefined) return { ok: false }
  const corrupt = verifyAllocation(machine, owner.id)
  releaseAllocation(machine, owner.id)
  return corrupt === 0 ? { ok: true } : { ok: false, corrupt: [file] }
}

function inject(machine: Machine, operation: Extract<TraceOperation, { op: 'inject' }>): Performed {
  injectNotifierError(machine, injectionOf(operation, 'op'))
  return { ok: true }
}
