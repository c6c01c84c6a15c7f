import {
  addMemory,
  driverOf,
  HotplugError,
  KIB,
  type Machine,
  MIB,
  nodeId,
  offlineAndRemoveMemory,
  type PhysRange,
  type PlugRequest,
  physAddr,
  platformOf,
  type Range,
  type ResizableRequest,
  releaseHugePages,
  removeMemory,
  reserveHugePages,
  resizableDevices,
  resizableOf,
  settle,
  shrinkHugePool,
  useHugePages,
} from '@memhp/core'
import type { FirmwareDriver } from '@memhp/core/plugin'
import type { MachineOperation, OperationOf } from '../operation'
import { allocateNamed, dropNamed, hugePagesOf, obstruct, pin, takeHuge } from './named-memory'
import { returnToSnapshot, type Session, saveSnapshot } from './session'
import { performShell } from './shell'

export interface PerformOptions {
  /** Which firmware driver plugs and unplugs; default: the machine's only one. */
  readonly driver?: string
}

/** What an operation tells beside being done. */
export interface Performed {
  /** Of `drop`: whether the memory held what was put there. */
  readonly isIntact: boolean
}

/** Where memory-notifier-error-inject takes errnos. Source: lib/memory-notifier-error-inject.c 6.1. */
const INJECT = '/sys/kernel/debug/notifier-error-inject/memory/actions'

const requestOf = ({ op: _, mib, ...request }: OperationOf<'plug'>): PlugRequest => ({
  ...request,
  sizeBytes: mib * MIB,
})

function resizableRequestOf({
  id,
  max_mib: most,
  node,
  requested_mib: requested = 0,
  block_kib: block,
  bus,
}: OperationOf<'plugv'>): ResizableRequest {
  return {
    id,
    node,
    maxBytes: most * MIB,
    requestedBytes: requested * MIB,
    ...(block === undefined ? {} : { blockBytes: block * KIB }),
    ...(bus === undefined ? {} : { bus }),
  }
}

/** A device is asked of the platform that holds it. */
function unplug(machine: Machine, id: string, driver: string | undefined): void {
  const isResizable =
    driver === undefined && resizableDevices(machine).some((each) => each.id === id)
  const platform = isResizable ? resizableOf(machine) : platformOf(machine, driver)
  platform.requestUnplug(machine, id)
}

const rangeOf = (range: { readonly start: number; readonly end: number }): PhysRange => ({
  start: physAddr(range.start),
  end: physAddr(range.end),
})

/** @throws HotplugError UNKNOWN_PLUGIN (ENODEV) where the hypervisor is not asked for storage */
function refuseStorage(driver: FirmwareDriver, machine: Machine, ranges: readonly Range[]): void {
  if (driver.refuseStorage === undefined) {
    const text = `Driver ${driver.name} does not ask for storage, which could be refused.`
    throw new HotplugError('UNKNOWN_PLUGIN', 'ENODEV', text, { detail: { driver: driver.name } })
  }
  driver.refuseStorage(machine, ranges)
}

type Name = Exclude<MachineOperation['op'], 'drop'>

type Act<Op extends Name> = (
  session: Session,
  operation: OperationOf<Op>,
  options: PerformOptions,
) => void

const ACTS: { readonly [Op in Name]: Act<Op> } = {
  plug: ({ machine }, operation, { driver }) =>
    platformOf(machine, driver).plug(machine, requestOf(operation)),
  unplug: ({ machine }, { id }, { driver }) => unplug(machine, id, driver),
  request: ({ machine }, { id, kib }, { driver }) =>
    resizableOf(machine, driver).resize(machine, { id, bytes: kib * KIB }),
  plugv: ({ machine }, operation, { driver }) =>
    void resizableOf(machine, driver).plug(machine, resizableRequestOf(operation)),
  write: ({ machine }, { path, value }) => machine.tree.write(path, value),
  fill: (session, { file, ...rest }) => allocateNamed(session, { name: file, as: 'file', ...rest }),
  inject: ({ machine }, { event, errno }) =>
    machine.tree.write(`${INJECT}/${event}/error`, String(errno)),
  sclp_fail: ({ machine }, { blocks, block_mib: mib }, { driver }) =>
    refuseStorage(
      driverOf(machine, driver),
      machine,
      blocks.map((block) => ({ start: block * mib * MIB, end: (block + 1) * mib * MIB })),
    ),
  allocate: allocateNamed,
  pin,
  unpin: pin,
  obstruct,
  'take-huge': takeHuge,
  'reserve-huge': ({ machine }, pages) => reserveHugePages(machine, hugePagesOf(machine, pages)),
  'use-huge': ({ machine }, pages) => useHugePages(machine, hugePagesOf(machine, pages)),
  'release-huge': ({ machine }, pages) => releaseHugePages(machine, hugePagesOf(machine, pages)),
  'shrink-huge': ({ machine }, pages) => shrinkHugePool(machine, hugePagesOf(machine, pages)),
  add: ({ machine }, { op: _, node, start, end, ...flags }) =>
    addMemory(machine, { range: rangeOf({ start, end }), nodeId: nodeId(node), ...flags }),
  remove: ({ machine }, range) => removeMemory(machine, { range: rangeOf(range) }),
  'offline-and-remove': ({ machine }, range) =>
    offlineAndRemoveMemory(machine, { range: rangeOf(range) }),
  look: () => undefined,
  shell: ({ machine }, { cmd }) => performShell(machine, cmd),
  'page-tables': () => undefined,
  'pgdat-read': () => undefined,
  'page-cgroup-tables': () => undefined,
  settle: ({ machine }) => settle(machine),
  tick: ({ clock }, { ms }) => void clock.pass(ms),
  snapshot: (session, { name }) => saveSnapshot(session, name),
  restore: (session, { name }) => returnToSnapshot(session, name),
}

/**
 * Does one thing to a machine: the one way in which replay, walks, simulations, scenarios, sweeps and benchmarks act.
 * Deferred work is left for the machine to settle.
 * @throws HotplugError as machine and platform refuse; BAD_ARGUMENT for names that were not given (EINVAL) or are taken
 *   (EEXIST), UNKNOWN_PLUGIN where the machine does not have the driver
 */
export function perform(
  session: Session,
  operation: MachineOperation,
  options: PerformOptions = {},
): Performed {
  if (operation.op === 'drop') return { isIntact: dropNamed(session, operation.file) === 0 }
  // The compiler cannot see that the act found by the operation's name takes that operation.
  const act = ACTS[operation.op] as Act<Name>
  act(session, operation, options)
  return { isIntact: true }
}
