import {
  type DeviceRange,
  isHotplugError,
  type Machine,
  rangesOverlap,
  removeMemory,
} from '@memhp/core'
import { logLine } from '@memhp/core/plugin'
import type { AcpiDevice, PhysicalNode } from '../state'
import { bindBlocks, blocksIn, unbindBlocks } from './binding'
import { leaveGroup } from './group'
import { tryToOffline } from './offline'
import type { Outcome } from './outcome'

/** `crashed`: the real kernel would have stopped with a BUG, and the work in hand with it. */
export type TrimResult = 'done' | 'crashed'

/**
 * Takes all memory of a device offline and out of the machine: everything offline first, or one range after the other, in
 * which case a range that is done is forgotten whatever the next one does.
 * Source: acpi_scan_hot_remove, drivers/acpi/scan.c 6.1; acpi_memory_device_remove_memory, series of 2012, patch 04.
 */
export function releaseMemory(machine: Machine, device: AcpiDevice): Outcome | 'crashed' {
  if (machine.generation.rules.eject.unit === 'range') return releaseRanges(machine, device)
  const offlined = tryToOffline(machine, device.physicalNodes)
  return offlined === 'done' ? removeRanges(machine, device) : offlined
}

function releaseRanges(machine: Machine, device: AcpiDevice): Outcome {
  const ranges = device.memory?.ranges ?? []
  for (let range = ranges[0]; range !== undefined; range = ranges[0]) {
    const released = range.enabled ? releaseRange(machine, device, range) : 'done'
    if (released !== 'done') return released
    ranges.shift()
  }
  return 'done'
}

function releaseRange(machine: Machine, device: AcpiDevice, range: DeviceRange): Outcome {
  if (machine.generation.rules.mended.deviceOffline === 'refused') return 'EINVAL'
  const { blockBytes } = machine.geometry
  const isIn = ({ block }: PhysicalNode): boolean =>
    rangesOverlap(range, { start: block * blockBytes, end: (block + 1) * blockBytes })
  const offlined = tryToOffline(machine, device.physicalNodes.filter(isIn))
  return offlined === 'done' ? removeRange(machine, device, range) : offlined
}

/** All memory of the device, which must be offline. Memory that cannot go stops the kernel. */
function removeRanges(machine: Machine, device: AcpiDevice): TrimResult {
  for (const range of device.memory?.ranges ?? []) {
    if (!range.enabled) continue
    if (removeRange(machine, device, range) !== 'done') return 'crashed'
    range.enabled = false
  }
  return 'done'
}

/**
 * Takes the handler off a device and its memory out of the machine. All of it must be offline.
 * Source: acpi_bus_trim and the memory handler's detach, drivers/acpi 6.1.
 */
export function trimDevice(machine: Machine, device: AcpiDevice): TrimResult {
  if (removeRanges(machine, device) === 'crashed') return 'crashed'
  closeDevice(machine, device)
  return 'done'
}

/** Takes the handler off a device whose memory is gone. */
export function closeDevice(machine: Machine, device: AcpiDevice): void {
  if (device.memory !== null) leaveGroup(machine, device.memory)
  device.memory = null
  device.enumerated = false
}

/** Takes the handler off a device whose memory could not be removed: blocks, resource and map entry stay behind. */
export function forsakeMemory(machine: Machine, device: AcpiDevice): void {
  for (const range of device.memory?.ranges ?? []) unbindBlocks(machine, device, range)
  closeDevice(machine, device)
}

/** A range without blocks was never more than a claim on addresses: there is nothing to take out. */
function removeRange(machine: Machine, device: AcpiDevice, range: DeviceRange): Outcome {
  const blocks = blocksIn(machine, range)
  if (blocks.length === 0) return 'done'
  unbindBlocks(machine, device, range)
  try {
    removeMemory(machine, { range: { start: range.start, end: range.end } })
    return 'done'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    bindBlocks(machine, device, blocksIn(machine, range))
    if (machine.generation.rules.eject.unit === 'device') {
      logLine(machine, 'err', `acpi ${device.name}: the kernel would stop here: ${error.message}`)
    }
    return error.errno
  }
}
