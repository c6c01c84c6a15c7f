import { HotplugError, type Machine } from '@memhp/core'
import { emitPlatformEvent, failsAt, releaseDimm } from '@memhp/core/plugin'
import type { CrsRange } from '../config/layout'
import { type AcpiDevice, acpiState, dimmOf } from '../state'

/** Bits of _STA. Source: ACPI 6.4, 6.3.7. */
export const STA = { present: 0x1, enabled: 0x2, functioning: 0x8, working: 0xf } as const

/** True if every bit is set in a value of _STA. */
export const hasBits = (status: number, bits: number): boolean => (status & bits) === bits

/** Evaluates _STA. @returns the status word. @throws HotplugError NOT_READABLE (EIO) where it fails */
export function evaluateSta(machine: Machine, device: AcpiDevice): number {
  if (!staFails(machine, device)) return device.slot.status
  throw new HotplugError('NOT_READABLE', 'EIO', `${device.path}._STA cannot be evaluated.`, {
    detail: { device: device.name },
  })
}

const staFails = (machine: Machine, { slot }: AcpiDevice): boolean =>
  slot.faults.sta !== undefined || failsAt(machine, 'acpi/_STA')

/** The bits of _STA, none where it cannot be evaluated: what the namespace scan goes by. */
export const statusBits = (machine: Machine, device: AcpiDevice): number =>
  staFails(machine, device) ? 0 : device.slot.status

/** Evaluates _CRS: the memory descriptors in order. @returns undefined where it fails */
export const evaluateCrs = (
  machine: Machine,
  { slot }: AcpiDevice,
): readonly CrsRange[] | undefined =>
  slot.faults.crs === undefined && !failsAt(machine, 'acpi/_CRS') ? slot.ranges : undefined

/** What _EJ0 came to. */
export type EjectMethodResult = 'done' | 'missing' | 'failed'

/**
 * Evaluates _EJ0(1): the platform takes the device out of its slot.
 * Source: ACPI 6.4, 6.3.3; QEMU 7.2 hw/acpi/memory_hotplug.c.
 */
export function evaluateEj0(machine: Machine, device: AcpiDevice): EjectMethodResult {
  const { slot } = device
  if (slot.faults.ej0 === 'missing') return 'missing'
  if (slot.faults.ej0 === 'fails' || failsAt(machine, 'acpi/_EJ0')) return 'failed'
  if (slot.faults.ej0 === 'ignored') return 'done'
  const dimm = dimmOf(machine, device)
  slot.status = 0
  slot.ranges = []
  slot.node = null
  if (dimm !== undefined) releaseDimm(machine, acpiState(machine).dimms, dimm)
  return 'done'
}

/** Evaluates _OST: tells the platform how a request goes. Source: ACPI 6.4, 6.3.5. */
export function evaluateOst(
  machine: Machine,
  device: AcpiDevice,
  report: { readonly source: number; readonly status: number },
): void {
  const dimm = dimmOf(machine, device)
  const info = {
    ...(dimm === undefined ? {} : { device: dimm.id }),
    slot: String(device.slot.number),
    'slot-type': 'DIMM',
    ...report,
  }
  emitPlatformEvent(machine, { event: 'ACPI_DEVICE_OST', data: { info } })
}
