import {
  HotplugError,
  isAligned,
  type Machine,
  nodeId,
  type PluggedDevice,
  type PlugRequest,
  type Range,
  rangeSize,
} from '@memhp/core'
import { findNode } from '@memhp/core/inspect'
import { type AcpiDevice, acpiState } from '../state'
import { hasBits, STA } from './methods'
import { checkAddress, deviceWindow, type Placement, placeFirstFit } from './placement'

/** What the platform holds, in the order of the ids. */
export function pluggedDevices(machine: Machine): readonly PluggedDevice[] {
  return acpiState(machine)
    .devices.flatMap((device) => describe(device) ?? [])
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

function describe(device: AcpiDevice): PluggedDevice | undefined {
  const { id, ranges, node, number } = device.slot
  if (id === null) return undefined
  return {
    id,
    address: ranges[0]?.start ?? 0,
    sizeBytes: ranges.reduce((sum, range) => sum + rangeSize(range), 0),
    node: node ?? device.memory?.nodeId ?? 0,
    slot: number,
    name: device.name,
  }
}

/**
 * Puts memory into a slot, as a hypervisor's `device_add pc-dimm` does.
 * @returns the namespace device of the slot
 * @throws HotplugError BAD_ARGUMENT, NO_SUCH_NODE (EINVAL), DEVICE_EXISTS (EEXIST), NO_FREE_SLOT,
 * NO_ADDRESS_SPACE (ENOSPC)
 */
export function fillSlot(machine: Machine, request: PlugRequest): AcpiDevice {
  const { devices, window } = acpiState(machine)
  const placement: Placement = {
    window: deviceWindow(window, {
      ram: machine.description.ram,
      addressLimit: 2 ** machine.arch.geometry.maxPhysMemBits,
    }),
    alignmentBytes: window.alignmentBytes,
    taken: devices.flatMap(({ slot }) => slot.ranges),
  }
  checkRequest(machine, request, placement)
  const device = freeSlot(devices, request.slot)
  const { slot } = device
  const range = place(placement, request)
  slot.id = request.id
  slot.status = STA.working
  slot.ranges = [{ ...range, caching: 'cacheable', access: 'read-write' }]
  slot.node = request.node
  return device
}

function place(placement: Placement, request: PlugRequest): Range {
  const { address, sizeBytes } = request
  const start = address ?? placeFirstFit(placement, sizeBytes)
  const range = { start, end: start + sizeBytes }
  if (address !== undefined) checkAddress(placement, range)
  return range
}

function checkRequest(machine: Machine, request: PlugRequest, placement: Placement): void {
  const { id, sizeBytes, node } = request
  const { alignmentBytes } = placement
  if (sizeBytes <= 0 || !isAligned(sizeBytes, alignmentBytes)) {
    throw new HotplugError(
      'BAD_ARGUMENT',
      'EINVAL',
      `A memory device of ${sizeBytes} bytes is no multiple of ${alignmentBytes} bytes.`,
      { detail: { id, sizeBytes, alignmentBytes } },
    )
  }
  if (acpiState(machine).devices.some(({ slot }) => slot.id === id)) {
    throw new HotplugError('DEVICE_EXISTS', 'EEXIST', `A memory device "${id}" is there already.`, {
      detail: { id },
    })
  }
  if (findNode(machine, nodeId(node)) !== undefined) return
  throw new HotplugError('NO_SUCH_NODE', 'EINVAL', `The machine has no node ${node}.`, {
    detail: { id, node },
  })
}

function freeSlot(devices: readonly AcpiDevice[], wanted: number | undefined): AcpiDevice {
  const free = devices.find(
    ({ slot }) =>
      slot.id === null &&
      !hasBits(slot.status, STA.present) &&
      (wanted === undefined || slot.number === wanted),
  )
  if (free !== undefined) return free
  throw new HotplugError(
    'NO_FREE_SLOT',
    'ENOSPC',
    wanted === undefined
      ? `All ${devices.length} memory slots are taken.`
      : `Memory slot ${wanted} is taken, or there is none of this number.`,
    { detail: { slots: devices.length, ...(wanted === undefined ? {} : { slot: wanted }) } },
  )
}
