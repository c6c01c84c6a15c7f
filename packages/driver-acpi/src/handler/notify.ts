import { HotplugError, type Machine } from '@memhp/core'
import { type DeferredWork, deferredWork, emitUevent, logLine } from '@memhp/core/plugin'
import { evaluateOst, hasBits, STA, statusBits } from '../firmware/methods'
import { type AcpiDevice, DRIVER, deviceInSlot, findDevice, parentOf } from '../state'
import { attachMemory } from './attach'
import { trimDevice } from './detach'
import { ejectDevice } from './eject'
import { listDevice } from './listing'
import { NOTIFY, type Outcome, ostStatusOf } from './outcome'

/** A hot-plug event of a device. */
interface HotplugWork {
  readonly slot: number
  readonly source: number
}

/** The driver's one kind of deferred work. */
export const HOTPLUG: DeferredWork<HotplugWork> = deferredWork({ driver: DRIVER, name: 'hotplug' })

/** Queues a hot-plug event of a device: the kernel deals with it when the machine settles. */
export function queueHotplug(machine: Machine, device: AcpiDevice, source: number): void {
  HOTPLUG.queue(machine, { slot: device.slot.number, source })
}

/**
 * Firmware notifies the kernel about a device.
 * @throws HotplugError NO_SUCH_DEVICE (ENODEV)
 */
export function notifyDevice(
  machine: Machine,
  notification: {
    /** `PNP0C80:00`. */
    readonly device: string
    readonly event: 'busCheck' | 'deviceCheck' | 'ejectRequest'
  },
): void {
  const device = findDevice(machine, notification.device)
  if (device === undefined) {
    throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `There is no ${notification.device}.`, {
      detail: { device: notification.device },
    })
  }
  queueHotplug(machine, device, NOTIFY[notification.event])
}

/**
 * Deals with one queued hot-plug event and reports its outcome to the platform by _OST.
 * Source: acpi_device_hotplug, drivers/acpi/scan.c 6.1; spec 6.1.2.
 */
export function runHotplug(machine: Machine, { slot, source }: HotplugWork): void {
  const device = deviceInSlot(machine, slot)
  const outcome = handleEvent(machine, device, source)
  const isEjection = source === NOTIFY.ejectRequest || source === NOTIFY.osEject
  const { ejectOutcome } = machine.generation.rules.device
  if (outcome === 'crashed' || (isEjection && ejectOutcome === 'untold')) return
  evaluateOst(machine, device, { source, status: ostStatusOf(outcome) })
}

function handleEvent(machine: Machine, device: AcpiDevice, source: number): Outcome | 'crashed' {
  switch (source) {
    case NOTIFY.busCheck:
      return check(machine, device, 'bus-check')
    case NOTIFY.deviceCheck:
      return check(machine, device, 'device-check')
    case NOTIFY.ejectRequest:
    case NOTIFY.osEject:
      return ejectDevice(machine, device, source)
    default:
      return 'EINVAL'
  }
}

/**
 * A bus check of a device that never came is not a failure; a device check is. Source: acpi_scan_device_check,
 * drivers/acpi/scan.c 6.1.82 and 6.1.83.
 */
function check(
  machine: Machine,
  device: AcpiDevice,
  kind: 'bus-check' | 'device-check',
): Outcome | 'crashed' {
  if (isThere(device)) {
    const fails =
      kind === 'device-check' && machine.generation.rules.device.checkOfUnattached === 'failure'
    if (fails && device.enumerated) {
      logLine(machine, 'warn', `acpi ${device.name}: Already enumerated`)
      return 'EALREADY'
    }
    scanDevice(machine, device)
    announceContainer(machine, device)
    if (!fails || device.enumerated) return 'done'
    logLine(machine, 'warn', `acpi ${device.name}: Enumeration failure`)
    return 'ENODEV'
  }
  if (device.enumerated) return trimDevice(machine, device)
  logLine(machine, 'warn', `acpi ${device.name}: Still not present`)
  return kind === 'device-check' ? 'EALREADY' : 'done'
}

/** The container that holds the slots: a uevent after everything else, also where the memory was refused. */
function announceContainer(machine: Machine, device: AcpiDevice): void {
  if (machine.generation.rules.eject.container === 'silent') return
  const parent = parentOf(machine, device)
  const container = parent.slice(parent.lastIndexOf('/') + 1)
  const announced = { devpath: `/devices/system/container/${container}`, subsystem: 'container' }
  emitUevent(machine, 'online', announced)
}

const isThere = (device: AcpiDevice): boolean =>
  hasBits(statusBits(device), STA.present) || hasBits(statusBits(device), STA.functioning)

/**
 * The namespace scan reaches a device: attaches the handler unless it was dealt with before. A refusal by
 * the handler is not the scan's failure, so firmware hears of success.
 * Source: acpi_bus_attach, drivers/acpi/scan.c 6.1; observed with a pc-dimm of 100 MiB.
 */
export function scanDevice(machine: Machine, device: AcpiDevice): void {
  if (!isThere(device) || device.enumerated) return
  listDevice(machine, device)
  device.enumerated = attachMemory(machine, device) === 'done'
}
