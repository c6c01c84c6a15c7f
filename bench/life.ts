import { blockId, type Machine, offlineBlock, onlineBlock, platformOf, settle } from '@memhp/core'
import { type Operation, openSession, perform } from '@memhp/trace'

const PAGES_PER_GIB = 262_144

const act = (machine: Machine, operation: Operation): void => {
  perform(openSession(machine), operation)
  settle(machine)
}

/** Blocks of the one device, as plugged. */
function plugDevice(machine: Machine, mib: number): readonly number[] {
  act(machine, { op: 'plug', id: 'dimm', mib, node: 0 })
  const [device] = platformOf(machine).plugged(machine)
  if (device === undefined) throw new Error('The device did not come.')
  const { blockBytes } = machine.geometry
  const count = device.sizeBytes / blockBytes
  return Array.from({ length: count }, (_, i) => device.address / blockBytes + i)
}

/** Ejects the device; throws if it is still there afterwards. */
export function unplugDevice(machine: Machine): void {
  act(machine, { op: 'unplug', id: 'dimm' })
  if (platformOf(machine).plugged(machine).length !== 0)
    throw new Error('The device did not leave.')
}

/** The full life of a 1 GiB device: plug, online all, offline all, eject. */
export function deviceLife(machine: Machine): void {
  const blocks = plugDevice(machine, 1024)
  for (const id of blocks) onlineBlock(machine, blockId(id), 'online_movable')
  for (const id of blocks) offlineBlock(machine, blockId(id))
  unplugDevice(machine)
}

/** Page descriptors as columns, for the bare loop. */
export interface BareColumns {
  readonly kind: Uint8Array
  readonly flags: Uint8Array
  readonly order: Uint8Array
  readonly owner: Int32Array
  readonly index: Int32Array
  readonly data: Uint32Array
}

export const bareColumns = (): BareColumns => ({
  kind: new Uint8Array(PAGES_PER_GIB),
  flags: new Uint8Array(PAGES_PER_GIB),
  order: new Uint8Array(PAGES_PER_GIB),
  owner: new Int32Array(PAGES_PER_GIB),
  index: new Int32Array(PAGES_PER_GIB),
  data: new Uint32Array(PAGES_PER_GIB),
})

/**
 * The baseline: what a kernel cannot avoid. Every descriptor of 1 GiB is written once for each of the four
 * transitions (memmap set up at add, freed at online, isolated and taken at offline, poisoned at remove).
 */
export function bareLoop(columns: BareColumns): number {
  let sum = 0
  for (let transition = 1; transition <= 4; transition++) {
    for (let page = 0; page < PAGES_PER_GIB; page++) {
      columns.kind[page] = transition
      columns.flags[page] = 0
      columns.order[page] = 10
      columns.owner[page] = 0
      columns.index[page] = page
      columns.data[page] = transition
    }
    sum += columns.data[PAGES_PER_GIB - 1] ?? 0
  }
  return sum
}

/** A machine with a 1 GiB device, online in Movable, half of it in use by one file. */
export function halfFull(machine: Machine): readonly number[] {
  const blocks = plugDevice(machine, 1024)
  for (const id of blocks) onlineBlock(machine, blockId(id), 'online_movable')
  act(machine, { op: 'fill', file: 'file', mib: 512, node: 0, policy: 'prefer' })
  return blocks
}

export const HALF_FULL_PAGES: number = PAGES_PER_GIB / 2
