// The machine of the specification of 2012: 1 GiB on node 0, the empty node 1, and a device of 512 MiB from 1 GiB on, memory8
// to memory11.
import {
  blockId,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  onlineBlock,
  registerMemoryNotifier,
} from '@memhp/core'
import { makeGuest, numbers, ostReports, plug } from '../machines'

export const BLOCKS = numbers(8, 11)

export const makeOld = (kernel: string, more: Partial<MachineDescription> = {}): Machine =>
  makeGuest({
    kernel,
    ram: [{ start: 0, end: GIB, node: 0 }],
    drivers: { acpi: { slots: 2, windowStart: GIB } },
    ...more,
  })

export const plugDevice = (machine: Machine): void =>
  plug(machine, { id: 'dimm', sizeBytes: 512 * MIB, node: 1 })

export const bringOnline = (machine: Machine, blocks: readonly number[]): void => {
  for (const id of blocks) onlineBlock(machine, blockId(id))
}

/** A machine with the device, its blocks online in this order. */
export function withDevice(
  kernel: string,
  online: readonly number[] = BLOCKS,
  more: Partial<MachineDescription> = { config: { pageCgroup: false } },
): Machine {
  const machine = makeOld(kernel, more)
  plugDevice(machine)
  bringOnline(machine, online)
  return machine
}

/** A notifier that refuses to let blocks go offline for as long as they are in the set. */
export function refuseOffline(machine: Machine, blocks: Set<number>): void {
  const { pagesPerBlock } = machine.geometry
  registerMemoryNotifier(machine.memoryChain, {
    name: 'test',
    priority: 0,
    notifier: (event, { startPfn }) =>
      event === 'MEM_GOING_OFFLINE' && blocks.has(Math.floor(startPfn / pagesPerBlock))
        ? 'EBUSY'
        : 'ok',
  })
}

/** Forgets what happened so far. @returns what happened from then on, when called */
export function watch(machine: Machine) {
  const { seqnum, log } = machine.state.journal
  const [logBefore, ostBefore] = [log.length, ostReports(machine).length]
  return {
    uevents: (): readonly string[] =>
      machine.state.journal.uevents
        .filter((uevent) => uevent.seqnum > seqnum)
        .map(({ action, devpath }) => `${action} ${devpath.slice(devpath.lastIndexOf('/') + 1)}`),
    log: (): readonly string[] =>
      machine.state.journal.log.slice(logBefore).map(({ text }) => text),
    osts: () => ostReports(machine).slice(ostBefore),
  }
}

export const each = (action: string, blocks: readonly number[]): string[] =>
  blocks.map((id) => `${action} memory${id}`)
