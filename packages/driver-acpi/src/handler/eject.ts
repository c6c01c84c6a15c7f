import { isHotplugError, type Machine } from '@memhp/core'
import { say } from '@memhp/core/plugin'
import { evaluateEj0, evaluateOst, evaluateSta, hasBits, STA } from '../firmware/methods'
import { type AcpiDevice, acpiState } from '../state'
import { closeDevice, forsakeMemory, releaseMemory } from './detach'
import { unlistDevice } from './listing'
import { NOTIFY, OST_STATUS, type Outcome, type Unreported } from './outcome'

/**
 * Ejects a device. Who does it, and who hears that it began, is the generation's; its memory is taken offline and removed
 * before _EJ0 in all.
 * @param asker source of the request: firmware's, or a write to `eject`
 * @returns the outcome, or that nothing of it is told
 */
export function ejectDevice(
  machine: Machine,
  device: AcpiDevice,
  asker: number,
): Outcome | Unreported {
  if (device.memory !== null && !acpiState(machine).hotplugEnabled) {
    say(machine, 'ejectDisabled', { device: device.name })
    return 'EPERM'
  }
  announceEjection(machine, device, asker)
  const { boundBy } = machine.generation.rules.device
  return boundBy === 'driver' && asker === NOTIFY.ejectRequest
    ? ejectByDriver(machine, device)
    : ejectByBus(machine, device)
}

function announceEjection(machine: Machine, device: AcpiDevice, asker: number): void {
  const { ejectBegun } = machine.generation.rules.device
  if (ejectBegun === 'writer' && asker !== NOTIFY.osEject) return
  const source = ejectBegun === 'as-request' ? NOTIFY.ejectRequest : asker
  evaluateOst(machine, device, { source, status: OST_STATUS.ejectInProgress })
}

/**
 * Offline, trim, _EJ0, and a look at what became of it. Some kernels go on to _EJ0 although the memory is still in use.
 * Source: acpi_scan_hot_remove, drivers/acpi/scan.c 6.1; spec 6.1.4; acpi_bus_hot_remove_device, 3.6.
 */
function ejectByBus(machine: Machine, device: AcpiDevice): Outcome | Unreported {
  const released = releaseMemory(machine, device)
  if (released === 'crashed') return 'crashed'
  const { failedRemoval } = machine.generation.rules.device
  if (released !== 'done' && failedRemoval === 'stays') return released
  if (released === 'done') closeDevice(machine, device)
  else forsakeMemory(machine, device)
  say(machine, 'powerStateUnsupported', {})
  unlistDevice(machine, device)
  return callEj0(machine, device)
}

/**
 * The memory driver's own ejection: _EJ0 only where all memory is gone, a look at _STA, and the device last. A device
 * that firmware did not let go is invalid, and stays bound without memory.
 * Source: acpi_memory_disable_device and acpi_memory_powerdown_device, drivers/acpi/acpi_memhotplug.c 3.6; series of 2012,
 * patches 04 and 07.
 */
function ejectByDriver(machine: Machine, device: AcpiDevice): Outcome | Unreported {
  if (device.memory === null) return 'ENODEV'
  const released = releaseMemory(machine, device)
  if (released !== 'done') {
    say(machine, 'deviceNotDisabled', { device: device.name })
    return released
  }
  if (!isPoweredDown(machine, device)) {
    device.power = 'invalid'
    return 'invalid'
  }
  device.power = 'off'
  closeDevice(machine, device)
  unlistDevice(machine, device)
  return 'done'
}

function isPoweredDown(machine: Machine, device: AcpiDevice): boolean {
  if (evaluateEj0(machine, device) !== 'done') {
    say(machine, 'ejectMethodFailed', { path: device.path })
    return false
  }
  try {
    return !hasBits(evaluateSta(machine, device), STA.enabled)
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return false
  }
}

function callEj0(machine: Machine, device: AcpiDevice): Outcome {
  const result = evaluateEj0(machine, device)
  if (result === 'missing') {
    say(machine, 'ejectUnsupported', { path: device.path })
    return 'ENODEV'
  }
  if (result === 'failed') {
    say(machine, 'ejectMethodFailed', { path: device.path })
    return 'EIO'
  }
  checkStatusAfterEject(machine, device)
  return 'done'
}

function checkStatusAfterEject(machine: Machine, device: AcpiDevice): void {
  try {
    const status = evaluateSta(machine, device)
    if (!hasBits(status, STA.enabled)) return
    say(machine, 'ejectIncomplete', { path: device.path, status })
  } catch (error) {
    if (!isHotplugError(error)) throw error
    say(machine, 'ejectStatusFailed', { path: device.path })
  }
}
