import { GIB, type Machine } from '@memhp/core'

/** What QEMU's machines with ACPI memory devices differ in. */
export interface QemuMachine {
  /** The parent of memory devices in the namespace. */
  readonly container: string
  /** Lowest address, in bytes, that a memory device is placed at. */
  readonly lowestAddress: number
}

/** `q35` and `pc`. Source: QEMU 7.2 hw/i386/pc.c; recorded `firmware_node` links and uevents. */
const PC: QemuMachine = { container: 'PNP0A06:04', lowestAddress: 4 * GIB }

/** `virt` of Arm. Source: QEMU 11.1 hw/arm/virt.c; recorded guests. */
const VIRT: QemuMachine = { container: 'PNP0A06:01', lowestAddress: 0 }

/** The machine of QEMU that an architecture's guests have. */
export const qemuMachineOf = ({ arch }: Pick<Machine, 'arch'>): QemuMachine =>
  arch.name === 'aarch64' ? VIRT : PC
