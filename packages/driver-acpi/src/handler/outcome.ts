import type { Errno } from '@memhp/core'

/** What a hot-plug operation of the ACPI core comes to: the kernel's return value. */
export type Outcome = 'done' | Errno

/**
 * What firmware is not told of: `crashed`, where the real kernel would have stopped; `invalid`, a device without memory
 * that firmware did not let go, which it knows from _EJ0.
 */
export type Unreported = 'crashed' | 'invalid'

/** Codes of a hot-plug notification and of _OST's source. Source: ACPI 6.4, 5.6.6 and 6.3.5. */
export const NOTIFY = {
  busCheck: 0x0,
  deviceCheck: 0x1,
  ejectRequest: 0x3,
  /** Not a notification: the `eject` file was written. */
  osEject: 0x103,
} as const

/** Status codes of _OST. Source: ACPI 6.4, 6.3.5; drivers/acpi/scan.c 6.1. */
export const OST_STATUS = {
  success: 0x0,
  failure: 0x1,
  ejectNotSupported: 0x80,
  deviceBusy: 0x82,
  ejectInProgress: 0x84,
} as const

/** The _OST status that reports an outcome. */
export function ostStatusOf(outcome: Outcome): number {
  if (outcome === 'done') return OST_STATUS.success
  if (outcome === 'EPERM') return OST_STATUS.ejectNotSupported
  if (outcome === 'EBUSY') return OST_STATUS.deviceBusy
  return OST_STATUS.failure
}
