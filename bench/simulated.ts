import type { MachineDescription } from '@memhp/core'

const GIB = 2 ** 30

/** A machine of PCs' layout with room for six devices. */
const machine = (gib: number, nodes: number): MachineDescription => ({
  arch: 'x86_64',
  nodes: Array.from({ length: nodes }, (_, id) => ({ id, cpus: [id] })),
  ram: Array.from({ length: nodes }, (_, node) => ({
    start: (node * gib * GIB) / nodes,
    end: ((node + 1) * gib * GIB) / nodes,
    node,
  })),
  drivers: { acpi: { slots: 6 } },
})

/** The machines whose simulation is measured. */
export const SIMULATED = { '4 GiB': machine(4, 1), '64 GiB': machine(64, 2) } as const

/** The seed whose steps are taken, and how many. */
export const SEED = 2
export const STEPS = 5000
