import { KIB, type Machine, MIB, resizableDevices } from '@memhp/core'
import { blockIds, findBlock } from '@memhp/core/inspect'
import type { FirmwareOperation, ResizableDeed } from '@memhp/core/plugin'
import type { MachineOperation } from '@memhp/trace'
import { viewOf } from '../generators/view-of'
import { bringOnline, mayAdd, mayRemove, type Plan, type SweepOperation } from './operations'

const plug = (id: string, { geometry }: Machine): MachineOperation => ({
  op: 'plug',
  id,
  mib: (2 * geometry.blockBytes) / 2 ** 20,
  node: 1,
})

const SETTLE: MachineOperation = { op: 'settle' }

/** Brings the blocks of the device online, the highest first: none lies in the way of those below it then. */
const online = (machine: Machine): readonly MachineOperation[] =>
  blockIds(machine)
    .filter((id) => findBlock(machine, id)?.state === 'offline')
    .toReversed()
    .map((id) => bringOnline(machine, id))

const hasPlatform = ({ drivers }: Machine): boolean =>
  drivers.some(({ platform }) => platform !== null)

/** What brings a machine to where an operation begins, a stage after the other: each sees what the one before made. */
const STAGES: Readonly<Record<FirmwareOperation['from'], readonly Plan[]>> = {
  empty: [],
  inserted: [(machine) => [plug('d0', machine)]],
  plugged: [(machine) => [plug('d0', machine), SETTLE]],
  online: [(machine) => (hasPlatform(machine) ? [plug('d0', machine), SETTLE] : []), online],
}

/** An operation of a firmware as the sweep has them. */
export function firmwareOperation(operation: FirmwareOperation): SweepOperation {
  const { name, from, by: begin, tells = 'errno' } = operation
  const by = 'firmware' as const
  const head = { name, by, when: isPossible(operation), prepare: STAGES[from] }
  if (begin === 'notice') {
    // The firmware gives notice once: another device is what can be asked for again.
    const again: Plan = (machine) => [plug('d1', machine), SETTLE]
    return { ...head, operations: [SETTLE], again, tells: 'nothing' }
  }
  if (typeof begin === 'object') {
    const { prepare, operations, again } = resizing(operation, begin)
    return { ...head, prepare, operations, again, tells: 'nothing' }
  }
  if (begin === 'unplug') {
    const operations: Plan = [{ op: 'unplug', id: 'd0' }, SETTLE]
    return { ...head, operations, tells: 'nothing' }
  }
  const operations: Plan = (machine) => {
    const { path, text } = begin(viewOf(machine))
    // A device that was inserted is dealt with by itself when the machine settles.
    const write: MachineOperation = { op: 'write', path, value: text }
    return from === 'inserted' ? [write] : [write, SETTLE]
  }
  return { ...head, operations, tells }
}

/** The first device of changing size is asked to have a number of blocks. */
const resize =
  (blocks: number): Plan =>
  (machine) => {
    const id = resizableDevices(machine)[0]?.id ?? ''
    const kib = (blocks * machine.geometry.blockBytes) / KIB
    return [{ op: 'request', id, kib }, SETTLE]
  }

/** A request stands once it is made, and a device is plugged once: something else is what can be asked for again. */
function resizing(
  { from }: FirmwareOperation,
  deed: ResizableDeed,
): { readonly prepare: readonly Plan[]; readonly operations: Plan; readonly again: Plan } {
  const prepare = from === 'empty' ? [] : [resize(1), ...(from === 'online' ? [online] : [])]
  if ('resize' in deed)
    return { prepare, operations: resize(deed.resize), again: resize(deed.resize + 1) }
  const attach =
    (id: string): Plan =>
    ({ geometry }) => [
      { op: 'plugv', id, node: 1, max_mib: (deed.attach * geometry.blockBytes) / MIB },
      SETTLE,
    ]
  return { prepare, operations: attach('v0'), again: attach('v1') }
}

/** A device that is plugged is there to go; memory from boot is not. */
const isPossible =
  ({ from, has }: FirmwareOperation) =>
  (machine: Machine): boolean => {
    if (has?.(viewOf(machine)) === false) return false
    if (!hasPlatform(machine)) return true
    return from === 'inserted' ? mayAdd(machine) : mayRemove(machine)
  }
