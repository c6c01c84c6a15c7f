import { type DeviceRange, isHotplugError, type Machine, removeMemory } from '@memhp/core'
import { logLine } from '@memhp/core/plugin'
import type { AcpiDevice } from '../state'
import { bindBlocks, blocksIn, unbindBlocks } from './binding'
import { leaveGroup } from './group'

/** `crashed`: the real kernel would have stopped with a BUG, and the work in hand with it. */
export type TrimResult = 'done' | 'crashed'

/**
 * Takes the handler off a device and its memory out of the machine. All of it must be offline.
 * Source: acpi_bus_trim and the memory handler's detach, drivers/acpi 6.1.
 */
export function trimDevice(machine: Machine, device: AcpiDevice): TrimResult {
  const { memory } = device
  for (const range of memory?.ranges ?? []) {
    if (!range.enabled) continue
    if (removeRange(machine, device, range) === 'crashed') return 'crashed'
    range.enabled = false
  }
  if (memory !== null) leaveGroup(machine, memory)
  device.memory = null
  device.enumerated = false
  return 'done'
}

/** Takes the handler off a device whose memory could not be removed: blocks, resource and map entry stay behind. */
export function forsakeMemory(machine: Machine, device: AcpiDevice): void {
  const { memory } = device
  for (const range of memory?.ranges ?? []) unbindBlocks(machine, device, range)
  if (memory !== null) leaveGroup(machine, memory)
  device.memory = null
  device.enumerated = false
}

/** A range without blocks was never more than a claim on addresses: there is nothing to take out. */
function removeRange(machine: Machine, device: AcpiDevice, range: DeviceRange): TrimResult {
  const blocks = blocksIn(machine, range)
  if (blocks.length === 0) return 'done'
  unbindBlocks(machine, device, range)
  try {
    removeMemory(machine, { range: { start: range.start, end: range.end } })
    return 'done'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    bindBlocks(machine, device, blocks)
    logLine(machine, 'err', `acpi ${device.name}: the kernel would stop here: ${error.message}`)
    return 'crashed'
  }
}
