import { HotplugError, type Machine } from '@memhp/core'
import type { AcpiFirmwareFaults, AcpiRangeConfig } from '../config/acpi-config'
import { findDevice } from '../state'

/** What to change of a device's firmware half; what is absent stays. */
export interface FirmwareChange {
  /** `PNP0C80:00`. */
  readonly device: string
  /** What _STA answers from now on. */
  readonly status?: number
  /** What _CRS answers from now on. */
  readonly ranges?: readonly AcpiRangeConfig[]
  /** Replaces the device's faults; `{}` cures them. */
  readonly faults?: AcpiFirmwareFaults
}

/**
 * Changes what firmware says of a device, without telling the kernel: that is `notifyDevice`.
 * @throws HotplugError NO_SUCH_DEVICE (ENODEV)
 */
export function setFirmware(machine: Machine, change: FirmwareChange): void {
  const device = findDevice(machine, change.device)
  if (device === undefined) {
    throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `There is no ${change.device}.`, {
      detail: { device: change.device },
    })
  }
  const { slot } = device
  slot.status = change.status ?? slot.status
  slot.faults = change.faults ?? slot.faults
  if (change.ranges !== undefined) {
    slot.ranges = change.ranges.map(
      ({ caching = 'cacheable', access = 'read-write', ...range }) => ({
        ...range,
        caching,
        access,
      }),
    )
  }
}
