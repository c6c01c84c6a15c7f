import type { Machine } from '@memhp/core'
import { emitUevent } from '@memhp/core/plugin'
import { hasBits, STA, statusBits } from '../firmware/methods'
import { type AcpiDevice, acpiState, devpathOf } from '../state'

/** Where slots have a device only while they hold memory, boot leaves the empty ones without. */
export function unlistEmptySlots(machine: Machine): void {
  if (machine.generation.rules.device.devices === 'per-slot') return
  const state = acpiState(machine)
  for (const device of state.devices) {
    device.isListed = hasBits(statusBits(machine, device), STA.present)
    if (device.isListed) state.nextNumber += 1
  }
}

/** Makes a device for a slot that has none, under the next number. Numbers are never used again. */
export function listDevice(machine: Machine, device: AcpiDevice): void {
  if (device.isListed) return
  const state = acpiState(machine)
  device.name = `PNP0C80:${state.nextNumber.toString(16).padStart(2, '0')}`
  device.isListed = true
  state.nextNumber += 1
  emitUevent(machine, 'add', { devpath: devpathOf(machine, device), subsystem: 'acpi' })
}

/** Takes the device of a slot away, where it goes with what was in the slot. */
export function unlistDevice(machine: Machine, device: AcpiDevice): void {
  if (machine.generation.rules.device.devices === 'per-slot') return
  device.isListed = false
  emitUevent(machine, 'remove', { devpath: devpathOf(machine, device), subsystem: 'acpi' })
}
