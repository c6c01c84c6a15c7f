import { alignUp, GIB, type Range } from '@memhp/core'
import type { WindowLayout } from '../config/layout'

/** What decides where memory devices may lie, besides the configuration. Bytes. */
export interface WindowFacts {
  /** Boot memory, in any order. */
  readonly ram: readonly Range[]
  /** First address that the architecture cannot reach. */
  readonly addressLimit: number
}

/**
 * The window in which the platform places memory devices: by default from the first GiB boundary above
 * 4 GiB and above all boot memory. Source: QEMU 7.2 hw/i386/pc.c; agrees with every recorded guest.
 */
export function deviceWindow(configured: WindowLayout, facts: WindowFacts): Range {
  const ramEnd = facts.ram.reduce((most, { end }) => Math.max(most, end), 0)
  return {
    start: configured.start ?? alignUp(Math.max(ramEnd, 4 * GIB), GIB),
    end: configured.end ?? facts.addressLimit,
  }
}
