import { HotplugError, type Machine } from '@memhp/core'
import { type DeferredWork, deferredWork, emitUevent, say } from '@memhp/core/plugin'
import { evaluateOst, hasBits, STA, statusBits } from '../firmware/methods'
import { type AcpiDevice, acpiState, DRIVER, deviceInSlot, findDevice, parentOf } from '../state'
import { attachMemory, enableAgain } from './attach'
import { trimDevice } from './detach'
import { ejectDevice } from './eject'
import { listDevice } from './listing'
import { NOTIFY, OST_STATUS, type Outcome, ostStatusOf, type Unreported } from './outcome'

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
  const { ejectOutcome, failureStatus } = machine.generation.rules.device
  if (outcome === 'crashed' || outcome === 'invalid') return
  if (isEjection && outcome === 'done' && ejectOutcome === 'failure') return
  const isPlain = failureStatus === 'one' && outcome !== 'done'
  const status = isPlain ? OST_STATUS.failure : ostStatusOf(outcome)
  evaluateOst(machine, device, { source, status })
}

function handleEvent(machine: Machine, device: AcpiDevice, source: number): Outcome | Unreported {
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
): Outcome | Unreported {
  const { checkOfAttached, checkOfRefused, checkOfAbsent } = machine.generation.rules.device
  if (isThere(machine, device)) {
    if (kind === 'device-check' && checkOfAttached === 'failure' && device.enumerated) {
      say(machine, 'deviceKnown', { device: device.name })
      return 'EALREADY'
    }
    const scanned = kind === 'device-check' ? scanBus(machine, device) : scanDevice(machine, device)
    announceContainer(machine, device)
    const isTold = checkOfRefused === 'any-check-fails' || checkOfRefused === `${kind}-fails`
    if (scanned === 'done' || !isTold) return 'done'
    say(machine, 'deviceRefused', { device: device.name })
    return 'ENODEV'
  }
  if (checkOfAbsent === 'failure') return 'ENODEV'
  if (device.enumerated) return trimDevice(machine, device)
  say(machine, 'deviceAbsent', { device: device.name })
  return kind === 'device-check' ? 'EALREADY' : 'done'
}

/**
 * Kernels that announce the container scan all of it: devices beside this one that were refused before are tried again, slot by
 * slot.
 * Source: acpi_scan_device_check and acpi_scan_rescan_bus, drivers/acpi/scan.c 6.12; recorded guests.
 * @returns the outcome of this device
 */
function scanBus(machine: Machine, device: AcpiDevice): Outcome {
  let outcome: Outcome = 'done'
  const isWhole = machine.generation.rules.eject.container === 'announced'
  for (const each of acpiState(machine).devices) {
    if (each === device) outcome = scanDevice(machine, each)
    else if (isWhole && isRefused(machine, each, device)) scanDevice(machine, each)
  }
  return outcome
}

/** Whether a device beside another one holds memory that the kernel has not taken in. */
const isRefused = (machine: Machine, device: AcpiDevice, beside: AcpiDevice): boolean =>
  !device.enumerated &&
  hasBits(device.slot.status, STA.present) &&
  parentOf(machine, device) === parentOf(machine, beside)

/** The container that holds the slots: a uevent after everything else, also where the memory was refused. */
function announceContainer(machine: Machine, device: AcpiDevice): void {
  if (machine.generation.rules.eject.container === 'silent') return
  const parent = parentOf(machine, device)
  const container = parent.slice(parent.lastIndexOf('/') + 1)
  const announced = { devpath: `/devices/system/container/${container}`, subsystem: 'container' }
  emitUevent(machine, 'online', announced)
}

const isThere = (machine: Machine, device: AcpiDevice): boolean =>
  hasBits(statusBits(machine, device), STA.present) ||
  hasBits(statusBits(machine, device), STA.functioning)

/**
 * The namespace scan reaches a device: attaches the handler unless it was dealt with before. A refusal by
 * the handler is not the scan's failure: most kernels tell firmware of success. A driver is asked again each time.
 * Source: acpi_bus_attach, drivers/acpi/scan.c 6.1; observed with a pc-dimm of 100 MiB.
 */
export function scanDevice(machine: Machine, device: AcpiDevice): Outcome {
  if (!isThere(machine, device)) return 'done'
  if (device.enumerated) {
    const { boundBy } = machine.generation.rules.device
    return boundBy === 'driver' ? enableAgain(machine, device) : 'done'
  }
  listDevice(machine, device)
  const attached = attachMemory(machine, device)
  device.enumerated = attached === 'done'
  return attached
}
