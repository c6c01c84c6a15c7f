import { accessSync, constants } from 'node:fs'
import { x86_64 } from '@memhp/arch-x86'
import {
  createMachine,
  GIB,
  type Machine,
  platformOf,
  SUBSYSTEMS,
  type Subsystems,
  settle,
} from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'

/** A guest of 1 GiB, and a DIMM of as much, offline, as memory32 to memory39. */
export function guest(subsystems: Subsystems = SUBSYSTEMS): Machine {
  const machine = createMachine(
    {
      arch: 'x86_64',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: GIB, node: 0 }],
      drivers: { acpi: {} },
    },
    { archs: [x86_64], drivers: [acpiDriver], subsystems },
  )
  plug(machine, 'dimm0')
  return machine
}

/** Plugs a DIMM of 1 GiB. */
export function plug(machine: Machine, id: string): void {
  platformOf(machine, 'acpi').plug(machine, { id, sizeBytes: GIB, node: 0 })
  settle(machine)
}

/** Why nothing can be mounted here; undefined where it can. */
function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'this user is not root'
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    return undefined
  } catch {
    return '/dev/fuse cannot be opened'
  }
}

const why = obstacle()
if (why !== undefined) console.warn(`NOT RUN: mounts of a machine, for ${why}`)

/** Whether machines can be mounted here. */
export const CAN_MOUNT = why === undefined
