import { formatHex } from '@memhp/kernel-files'
import type { AcpiOstInfo } from './events'

const SOURCES: Readonly<Record<number, string>> = {
  0: 'bus check',
  1: 'device check',
  3: 'eject request',
  259: 'ejection',
  512: 'insertion',
}

const STATUSES: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'failed, without a reason',
  2: 'the guest does not know this notification',
}

const EJECTION: Readonly<Record<number, string>> = {
  128: 'the device cannot be ejected',
  129: 'an application uses the device',
  130: 'the device is busy',
  131: 'another device has to go first',
  132: 'in progress',
}

const INSERTION: Readonly<Record<number, string>> = {
  128: 'in progress',
  129: 'the driver could not be loaded',
  130: 'the device cannot be inserted',
}

const SPECIAL: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  3: EJECTION,
  259: EJECTION,
  512: INSERTION,
}

/**
 * What an _OST report says, in words: `eject request: the device is busy`.
 * Source: ACPI 6.4, 6.3.5 (_OST), tables 6.48 to 6.50.
 */
export function explainOst({ source, status }: Pick<AcpiOstInfo, 'source' | 'status'>): string {
  const special = SPECIAL[source] ?? {}
  const what = SOURCES[source] ?? `notification ${formatHex(source)}`
  return `${what}: ${STATUSES[status] ?? special[status] ?? `status ${formatHex(status)}`}`
}

/** True for a report that says how an ejection ended, not that it is under way. */
export const isFinalOst = ({ status }: Pick<AcpiOstInfo, 'status'>): boolean => status !== 0x84
