import { alignUp, type Range } from '@memhp/core'
import type { WindowLayout } from '../config/layout'
import type { QemuMachine } from './qemu'

/** What decides where memory devices may lie, besides the configuration. Bytes. */
export interface WindowFacts extends Pick<QemuMachine, 'lowestAddress' | 'unitBytes'> {
  /** Boot memory, in any order. */
  readonly ram: readonly Range[]
  /** First address that the architecture cannot reach. */
  readonly addressLimit: number
}

/**
 * The window in which the platform places memory devices: by default from above all boot memory, rounded up
 * as QEMU's machine does, and not below its lowest address. Source: QEMU 7.2 hw/i386/pc.c, 11.1 hw/arm/virt.c; agrees with every recorded guest.
 */
export function deviceWindow(configured: WindowLayout, facts: WindowFacts): Range {
  const ramEnd = facts.ram.reduce((most, { end }) => Math.max(most, end), 0)
  return {
    start: configured.start ?? alignUp(Math.max(ramEnd, facts.lowestAddress), facts.unitBytes),
    end: configured.end ?? facts.addressLimit,
  }
}
