import {
  createOwner,
  ERRNO,
  type Errno,
  HotplugError,
  injectNotifierError,
  invariant,
  isHotplugError,
  type Machine,
  MIB,
  nodeId,
  releaseOwner,
  settle,
  verifyOwner,
} from '@memhp/core'
import type { TraceOperation } from '../trace/trace'

/** What an operation answered on the model, in the words of a trace. */
export interface Performed {
  readonly errno?: Errno | null
  readonly error?: string
  readonly ok?: boolean
  readonly corrupt?: readonly string[]
}

/**
 * Carries one recorded operation out on the model, and lets the model settle.
 * @throws HotplugError BAD_TRACE for what the machine cannot do at all
 */
export function performOperation(machine: Machine, operation: TraceOperation): Performed {
  const performed = act(machine, operation)
  settle(machine)
  return performed
}

function act(machine: Machine, operation: TraceOperation): Performed {
  switch (operation.op) {
    case 'write':
      return { errno: errnoOf(() => machine.tree.write(operation.path, operation.value)) }
    case 'plug':
      return platform(() =>
        driverOf(machine).plug(machine, {
          id: operation.id,
          sizeBytes: operation.mib * MIB,
          node: operation.node,
        }),
      )
    case 'unplug':
      return platform(() => driverOf(machine).requestUnplug(machine, operation.id))
    case 'fill':
      return fill(machine, operation)
    case 'drop':
      return drop(machine, operation.file)
    case 'inject':
      return inject(machine, operation)
  }
}

function driverOf(machine: Machine): Machine['drivers'][number] {
  const driver = machine.drivers[0]
  if (driver !== undefined) return driver
  throw new HotplugError('BAD_TRACE', 'EINVAL', 'The machine of the trace has no firmware driver.')
}

function errnoOf(act: () => void): Errno | null {
  try {
    act()
    return null
  } catch (error) {
    if (isHotplugError(error)) return error.errno
    throw error
  }
}

function platform(act: () => unknown): Performed {
  try {
    act()
    return {}
  } catch (error) {
    if (isHotplugError(error)) return { error: error.message }
    throw error
  }
}

function fill(machine: Machine, operation: Extract<TraceOperation, { op: 'fill' }>): Performed {
  try {
    createOwner(machine, {
      name: operation.file,
      kind: 'file',
      pageCount: (operation.mib * MIB) / machine.geometry.pageBytes,
      nodeId: nodeId(operation.node),
      policy: operation.policy === 'bind' ? 'bind' : 'prefer',
    })
    return { ok: true }
  } catch (error) {
    if (isHotplugError(error) && error.code === 'OUT_OF_MEMORY') return { ok: false }
    throw error
  }
}

function drop(machine: Machine, file: string): Performed {
  const owner = [...machine.state.memory.owners.values()].find(({ name }) => name === file)
  invariant(owner, `The trace drops ${file}, which it never filled.`)
  const corrupt = verifyOwner(machine, owner.id)
  releaseOwner(machine, owner.id)
  return corrupt === 0 ? { ok: true } : { ok: false, corrupt: [file] }
}

function inject(machine: Machine, operation: Extract<TraceOperation, { op: 'inject' }>): Performed {
  const { event, errno } = operation
  if (event !== 'MEM_GOING_ONLINE' && event !== 'MEM_GOING_OFFLINE') {
    throw new HotplugError('BAD_TRACE', 'EINVAL', `Nobody can make ${event} fail.`, {
      detail: { event },
    })
  }
  const name = (Object.keys(ERRNO) as Errno[]).find((key) => ERRNO[key] === Math.abs(errno)) ?? null
  injectNotifierError(machine, { event, errno: name })
  return { ok: true }
}
