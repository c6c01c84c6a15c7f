import { x86_64 } from '@memhp/arch-x86'
import {
  blockId,
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  type OnlineType,
  onlineBlock,
  type Plugins,
  SUBSYSTEMS,
} from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { readTopology, type Topology } from '@memhp/topology'

const PLUGINS: Plugins = {
  archs: [x86_64],
  drivers: [acpiDriver],
  kernels: GENERATIONS,
  subsystems: SUBSYSTEMS,
}

/** Bytes of a memory block of the machines below. */
const BLOCK = 128 * MIB
/** First block of the DIMM on node 2. */
export const FIRST = (5 * GIB) / BLOCK

const dimm = (start: number, sizeBytes: number, node: number) => ({
  ranges: [{ start, end: start + sizeBytes }],
  node,
})

/** Boot memory on nodes 0 and 1, DIMMs of 512 MiB on node 1 and of 1 GiB on node 2, which has no CPU, and a free slot. */
const GUEST: MachineDescription = {
  arch: 'x86_64',
  nodes: [
    { id: 0, cpus: [0, 1] },
    { id: 1, cpus: [2, 3] },
    { id: 2, cpus: [] },
  ],
  ram: [
    { start: 0, end: 640 * 1024, node: 0 },
    { start: MIB, end: GIB, node: 0 },
    { start: GIB, end: 2 * GIB, node: 1 },
  ],
  drivers: {
    acpi: { slots: 3, devices: [dimm(4 * GIB, 512 * MIB, 1), dimm(5 * GIB, GIB, 2)] },
  },
}

export interface GuestChanges {
  /** How the DIMM's blocks go online; default `online_movable`. */
  readonly type?: OnlineType
  readonly description?: Partial<MachineDescription>
}

/** The guest with its DIMMs online. */
export function guest({ type = 'online_movable', description = {} }: GuestChanges = {}): Machine {
  const machine = createMachine({ ...GUEST, ...description }, PLUGINS)
  for (let id = (4 * GIB) / BLOCK; id < (4.5 * GIB) / BLOCK; id++)
    onlineBlock(machine, blockId(id), type)
  for (let id = FIRST; id < (6 * GIB) / BLOCK; id++) onlineBlock(machine, blockId(id), type)
  return machine
}

export const topologyOfMachine = async (machine: Machine): Promise<Topology> =>
  readTopology(machine.tree, { arch: machine.arch.name, pageBytes: machine.geometry.pageBytes })
