import { x86_64 as x86 } from '@memhp/arch-x86'
import {
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  type MachineDescription,
  type Plugins,
  SUBSYSTEMS,
  TIB,
} from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'

const PLUGINS: Plugins = {
  archs: [x86],
  drivers: [acpiDriver],
  kernels: GENERATIONS,
  subsystems: SUBSYSTEMS,
}

/** A machine of equal nodes, each with one CPU. */
export function description(options: {
  readonly nodes: number
  readonly nodeBytes: number
}): MachineDescription {
  const { nodes, nodeBytes } = options
  return {
    arch: 'x86_64',
    nodes: Array.from({ length: nodes }, (_, id) => ({ id, cpus: [id] })),
    ram: Array.from({ length: nodes }, (_, node) => ({
      start: node * nodeBytes,
      end: (node + 1) * nodeBytes,
      node,
    })),
    drivers: { acpi: { slots: 4 } },
  }
}

export const SMALL: MachineDescription = description({ nodes: 1, nodeBytes: GIB })
export const LARGE: MachineDescription = description({ nodes: 64, nodeBytes: TIB })

export const boot = (from: MachineDescription): Machine => createMachine(from, PLUGINS)
