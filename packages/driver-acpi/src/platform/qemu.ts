import { GIB, type Machine, MIB } from '@memhp/core'

/** What QEMU's machines with ACPI memory devices differ in. */
export interface QemuMachine {
  /** The parent of memory devices in the namespace. */
  readonly container: string
  /** Lowest address, in bytes, that a memory device is placed at. */
  readonly lowestAddress: number
  /** What the address is rounded up to that memory devices begin at, in bytes. */
  readonly unitBytes: number
}

/** `q35` and `pc`. Source: QEMU 7.2 hw/i386/pc.c; recorded `firmware_node` links and uevents. */
const PC: QemuMachine = { container: 'PNP0A06:04', lowestAddress: 4 * GIB, unitBytes: GIB }

/** `virt` of Arm. Source: QEMU 11.1 hw/arm/virt.c; recorded guests. */
const VIRT: QemuMachine = { container: 'PNP0A06:01', lowestAddress: 0, unitBytes: GIB }

/** `virt` of LoongArch: right behind boot memory. Source: virt_init, QEMU 11.1 hw/loongarch/virt.c; recorded guests. */
const LOONGARCH_VIRT: QemuMachine = { ...VIRT, unitBytes: 2 * MIB }

/** Machines that are not `PC`, by the architecture of their guests. */
const OTHERS: Readonly<Record<string, QemuMachine>> = {
  aarch64: VIRT,
  loongarch64: LOONGARCH_VIRT,
}

/** The machine of QEMU that an architecture's guests have. */
export const qemuMachineOf = ({ arch }: Pick<Machine, 'arch'>): QemuMachine =>
  OTHERS[arch.name] ?? PC
