import { alignUp, GIB, type Range } from '@memhp/core'
import type { WindowLayout } from '../config/layout'
import type { QemuMachine } from './qemu'

/** What decides where memory devices may lie, besides the configuration. Bytes. */
export interface WindowFacts extends Pick<QemuMachine, 'lowestAddress'> {
  /** Boot memory, in any order. */
  readonly ram: readonly Range[]
  /** First address that the architecture cannot reach. */
  readonly addressLimit: number
}

/**
 * The window in which the platform places memory devices: by default from the first GiB boundary above all boot memory, and
 * not below QEMU's lowest address. Source: QEMU 7.2 hw/i386/pc.c, 11.1 hw/arm/virt.c; agrees with every recorded guest.
 */
export function deviceWindow(configured: WindowLayout, facts: WindowFacts): Range {
  const ramEnd = facts.ram.reduce((most, { end }) => Math.max(most, end), 0)
  return {
    start: configured.start ?? alignUp(Math.max(ramEnd, facts.lowestAddress), GIB),
    end: configured.end ?? facts.addressLimit,
  }
}
