import { x86_64 } from '@memhp/arch-x86'
import {
  createMachine,
  GENERATIONS,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  resizableDevices,
  resizableOf,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { virtioMemDriver } from '@memhp/driver-virtio-mem'

/** A guest with a GiB of boot memory and what virtio-mem it is given, at rest. */
export function virtioGuest(
  said: Pick<MachineDescription, 'kernel' | 'autoOnlineBlocks'> & { readonly config: object },
): Machine {
  const { config, ...rest } = said
  const machine = createMachine(
    {
      arch: 'x86_64',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: { 'virtio-mem': config },
      ...rest,
    },
    { archs: [x86_64], drivers: [virtioMemDriver], kernels: GENERATIONS, subsystems: SUBSYSTEMS },
  )
  settle(machine)
  return machine
}

/** Asks `vm0` to be of another size, and lets the kernel deal with it. */
export function requestMib(machine: Machine, mib: number): void {
  resizableOf(machine).resize(machine, { id: 'vm0', bytes: mib * MIB })
  settle(machine)
}

/** What is plugged of the first device. */
export const pluggedMib = (machine: Machine): number =>
  (resizableDevices(machine)[0]?.sizeBytes ?? 0) / MIB
