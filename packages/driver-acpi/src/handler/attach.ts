import {
  addMemory,
  type DeviceRange,
  HotplugError,
  isHotplugError,
  type Machine,
  type MemoryDevice,
  rangeSize,
} from '@memhp/core'
import { failsAt, say, supportsMemmapOnMemory } from '@memhp/core/plugin'
import { parameterKey, parseCmdline } from '@memhp/kernel-files'
import type { CrsRange } from '../config/layout'
import { evaluateCrs, hasBits, STA, statusBits } from '../firmware/methods'
import { type AcpiDevice, DRIVER } from '../state'
import { bindBlocks, blocksIn, unbindBlocks } from './binding'
import { groupFor, leaveGroup } from './group'
import type { Outcome } from './outcome'
import { asDeviceRange, mergeRanges, nodeOfMemory, pagesOf } from './ranges'

/** True if the kernel was told to leave ACPI memory devices alone. */
export const handlerIsOff = (machine: Machine): boolean =>
  parseCmdline(machine.description.cmdline ?? '').some(
    ({ name }) => parameterKey(name) === 'acpi_no_memhotplug',
  )

/**
 * Attaches the memory handler to a device that the scan found, and adds its memory.
 * Source: ACPI memory device handler, drivers/acpi/acpi_memhotplug.c 6.1; spec 6.1.1.
 * @returns `done`, also where the handler has no use for the device (`memory` stays null); else the errno
 */
export function attachMemory(machine: Machine, device: AcpiDevice): Outcome {
  if (handlerIsOff(machine)) return 'done'
  const descriptors = evaluateCrs(machine, device)
  if (descriptors === undefined) return 'EINVAL'
  const ready = STA.present + STA.enabled + STA.functioning
  if (!hasBits(statusBits(machine, device), ready)) return 'done'
  const ranges = mergeRanges(descriptors)
  return attempt(machine, device, () => {
    device.memory = enableMemory(machine, device, ranges)
  })
}

/** @returns the errno of a refusal, which the log tells of */
function attempt(machine: Machine, device: AcpiDevice, enable: () => void): Outcome {
  try {
    enable()
    if (keepsState(machine)) device.power = 'on'
    return 'done'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    if (keepsState(machine)) device.power = 'invalid'
    say(machine, 'deviceNotEnabled', { device: device.name })
    return error.errno
  }
}

const keepsState = ({ generation }: Machine): boolean =>
  generation.rules.device.boundBy === 'driver'

/**
 * A device that its driver has already is enabled once more: what is not enabled yet is tried again.
 * Source: acpi_memory_device_notify, drivers/acpi/acpi_memhotplug.c 3.6; series of 2012, section 4.1.4.
 */
export function enableAgain(machine: Machine, device: AcpiDevice): Outcome {
  const { memory } = device
  if (memory === null) return 'ENODEV'
  if (memory.ranges.length === 0) {
    memory.ranges.push(...mergeRanges(evaluateCrs(machine, device) ?? []).map(asDeviceRange))
  }
  return attempt(machine, device, () => enableRanges(machine, device, memory))
}

/**
 * Binds a device that is there at boot and takes its memory for known: none of it is enabled.
 * Source: acpi_memory_device_add, drivers/acpi/acpi_memhotplug.c 3.6; series of 2012, section 4.1.2.
 */
export function bindOnly(machine: Machine, device: AcpiDevice): void {
  const ranges = mergeRanges(evaluateCrs(machine, device) ?? [])
  const [first] = ranges
  if (first === undefined) return
  device.memory = {
    name: device.name,
    driver: DRIVER,
    nodeId: nodeOfMemory(machine, device.slot.node, first),
    ranges: ranges.map(asDeviceRange),
    groupId: null,
  }
  device.power = 'on'
  device.enumerated = true
}

function enableMemory(
  machine: Machine,
  device: AcpiDevice,
  ranges: readonly CrsRange[],
): MemoryDevice {
  const pages = pagesOf(machine, ranges)
  const first = ranges[0]
  if (first === undefined || pages === 0) {
    say(machine, 'deviceEmpty', { device: device.name })
    throw new HotplugError('DEVICE_EMPTY', 'EINVAL', `${device.name} holds no memory.`)
  }
  const node = nodeOfMemory(machine, device.slot.node, first)
  const groupId = groupFor(machine, { nodeId: node, pages })
  const memory: MemoryDevice = {
    name: device.name,
    driver: DRIVER,
    nodeId: node,
    ranges: ranges.map(asDeviceRange),
    groupId,
  }
  try {
    enableRanges(machine, device, memory)
  } catch (error) {
    leaveGroup(machine, memory)
    throw error
  }
  return memory
}

/**
 * Adds what can be added. Where a wish for a self-hosted memmap that does not fit is refused, it is made for a range that
 * fits, and stays for later ranges: a quirk of 6.1. Where it is ignored, it is always made.
 */
function enableRanges(machine: Machine, device: AcpiDevice, memory: MemoryDevice): void {
  let selfHosted = machine.generation.rules.memmapOnMemory.unfit === 'ignored'
  for (const range of memory.ranges) {
    if (range.start === range.end || range.enabled) continue
    selfHosted ||= supportsMemmapOnMemory(machine, rangeSize(range))
    if (!takeIn(machine, memory, range, selfHosted ? 'self-hosted' : 'elsewhere')) continue
    const isBound =
      !failsAt(machine, 'acpi/bind') && bindBlocks(machine, device, blocksIn(machine, range))
    if (!isBound) {
      unbindBlocks(machine, device, range)
      throw new HotplugError('DEVICE_EXISTS', 'ENODEV', `Memory of ${device.name} is taken.`)
    }
    range.enabled = true
  }
  if (memory.ranges.some(({ enabled }) => enabled)) return
  say(machine, 'deviceNotAdded', { device: device.name })
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', `No memory of ${device.name} could be added.`)
}

/**
 * Adds one range. Memory that is there already (EEXIST) is taken in as it is, or left to others.
 * @returns false where it was refused
 */
function takeIn(
  machine: Machine,
  memory: MemoryDevice,
  { start, end }: DeviceRange,
  memmap: 'self-hosted' | 'elsewhere',
): boolean {
  try {
    addMemory(machine, {
      range: { start, end },
      ...(memory.groupId === null ? { nodeId: memory.nodeId } : { groupId: memory.groupId }),
      ...(memmap === 'self-hosted' ? { memmapOnMemory: true as const } : {}),
    })
    return true
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return error.errno === 'EEXIST' && machine.generation.rules.device.existing === 'taken'
  }
}
