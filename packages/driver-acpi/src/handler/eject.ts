import { isHotplugError, type Machine } from '@memhp/core'
import { logLine } from '@memhp/core/plugin'
import { evaluateEj0, evaluateOst, evaluateSta, hasBits, STA } from '../firmware/methods'
import { type AcpiDevice, acpiState } from '../state'
import { forsakeMemory, trimDevice } from './detach'
import { unlistDevice } from './listing'
import { tryToOffline } from './offline'
import { NOTIFY, OST_STATUS, type Outcome } from './outcome'

/** AE_ERROR, as the kernel prints a method that failed. */
const AE_ERROR = '0x1'

const warn = (machine: Machine, device: AcpiDevice, text: string): void =>
  logLine(machine, 'warn', `ACPI: ${device.path}: ${text}`)

/**
 * Ejects a device: offline, trim, _EJ0, and a look at what became of it. Some kernels go on to _EJ0 although the memory
 * is still in use; others hide from the firmware's answer what asked for the ejection.
 * Source: acpi_scan_hot_remove, drivers/acpi/scan.c 6.1; spec 6.1.4.
 * @returns the outcome, or `crashed` where the real kernel would have stopped without an answer
 */
export function ejectDevice(
  machine: Machine,
  device: AcpiDevice,
  asker: number,
): Outcome | 'crashed' {
  if (device.memory !== null && !acpiState(machine).hotplugEnabled) {
    logLine(machine, 'info', `acpi ${device.name}: Eject disabled`)
    return 'EPERM'
  }
  const { ejectSource, failedRemoval } = machine.generation.rules.device
  const source = ejectSource === 'asker' ? asker : NOTIFY.ejectRequest
  evaluateOst(machine, device, { source, status: OST_STATUS.ejectInProgress })
  const offlined = tryToOffline(machine, device)
  if (offlined !== 'done' && failedRemoval === 'stays') return offlined
  if (offlined === 'done') {
    if (trimDevice(machine, device) === 'crashed') return 'crashed'
  } else {
    forsakeMemory(machine, device)
  }
  unlistDevice(machine, device)
  return callEj0(machine, device)
}

function callEj0(machine: Machine, device: AcpiDevice): Outcome {
  const result = evaluateEj0(machine, device)
  if (result === 'missing') {
    warn(machine, device, 'No _EJ0 support for device')
    return 'ENODEV'
  }
  if (result === 'failed') {
    warn(machine, device, `Eject failed (${AE_ERROR})`)
    return 'EIO'
  }
  checkStatusAfterEject(machine, device)
  return 'done'
}

function checkStatusAfterEject(machine: Machine, device: AcpiDevice): void {
  try {
    const status = evaluateSta(device)
    if (!hasBits(status, STA.enabled)) return
    warn(machine, device, `Eject incomplete - status 0x${status.toString(16)}`)
  } catch (error) {
    if (!isHotplugError(error)) throw error
    warn(machine, device, `Status check after eject failed (${AE_ERROR})`)
  }
}
