import { isHotplugError, logLine, type Machine, removeMemory } from '@memhp/core'
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
    const blocks = blocksIn(machine, range)
    unbindBlocks(machine, device, range)
    try {
      removeMemory(machine, { range: { start: range.start, end: range.end } })
    } catch (error) {
      if (!isHotplugError(error)) throw error
      bindBlocks(machine, device, blocks)
      logLine(machine, 'err', `acpi ${device.name}: the kernel would stop here: ${error.message}`)
      return 'crashed'
    }
    range.enabled = false
  }
  if (memory !== null) leaveGroup(machine, memory)
  device.memory = null
  device.enumerated = false
  return 'done'
}
