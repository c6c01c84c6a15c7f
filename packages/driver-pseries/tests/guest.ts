import {
  createMachine,
  GIB,
  isHotplugError,
  type Machine,
  platformOf,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { pseriesDriver } from '../src/index'
import { flatArch } from './flat-arch'

/** A guest with 2 GiB on one node, so that device memory begins at 2 GiB with memory8. */
export const guest = (): Machine =>
  createMachine(
    {
      arch: 'flat64',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
      drivers: { pseries: { slots: 4, windowEnd: 8 * GIB } },
    },
    { archs: [flatArch], drivers: [pseriesDriver], subsystems: SUBSYSTEMS },
  )

export function plug(machine: Machine, id: string, lmbs: number): void {
  platformOf(machine, 'pseries').plug(machine, { id, sizeBytes: lmbs * 2 ** 28, node: 0 })
  settle(machine)
}

export function unplug(machine: Machine, id: string): void {
  platformOf(machine, 'pseries').requestUnplug(machine, id)
  settle(machine)
}

/** The errno of a write, null where it succeeded. */
function write(machine: Machine, path: string, text: string): string | null {
  try {
    machine.tree.write(path, text)
    return null
  } catch (error) {
    if (isHotplugError(error)) return error.errno
    throw error
  }
}

export const dlpar = (machine: Machine, text: string): string | null =>
  write(machine, '/sys/kernel/dlpar', text)

/** Numbers of the hot-added blocks, and their states. */
export const blocks = (machine: Machine): string[] =>
  machine.tree
    .list('/sys/devices/system/memory')
    .filter((name) => /^memory\d+$/.test(name) && Number(name.slice(6)) >= 8)
    .map(
      (name) => `${name} ${machine.tree.read(`/sys/devices/system/memory/${name}/state`).trim()}`,
    )

export const plugged = (machine: Machine): string[] =>
  platformOf(machine, 'pseries')
    .plugged(machine)
    .map(({ id }) => id)
