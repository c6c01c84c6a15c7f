import { nodeId } from '../address/brand'
import type { Range } from '../address/range'
import { isAligned } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import type { Platform, PluggedDevice, PlugRequest } from '../model/driver'
import type { Machine } from '../model/machine'
import { findNode } from '../node/node-table'
import { deviceMemory } from '../plugin/driver-of'
import { type Dimm, findDimm } from './dimm'
import { checkAddress, type Placement, placeFirstFit } from './placement'

/** Where a firmware lets DIMMs go. Bytes. @beta */
export interface DimmPolicy {
  /** Numbers of the slots that may take a DIMM, those that hold one included; the first free one is taken. */
  readonly slots: readonly number[]
  /** Addresses for memory devices: ascending and disjoint; neighbours that a DIMM may cross are one range. */
  readonly windows: readonly Range[]
  /** What addresses and sizes are multiples of; a power of two. */
  readonly alignmentBytes: number
  /** Addresses that are taken beside those of the DIMMs; default none. */
  readonly reserved?: readonly Range[]
  /** How many nodes the platform has, numbered from 0; default: those that the kernel may have. */
  readonly nodeCount?: number
}

/** What a firmware adds to the DIMMs of a hypervisor. @beta */
export interface DimmFirmware {
  /** The DIMMs of a machine, which lie in the driver's state. */
  dimms(machine: Machine): Dimm[]
  policy(machine: Machine): DimmPolicy
  /** A DIMM was put into its slot: fills the firmware's tables and notifies the kernel. */
  announce(machine: Machine, dimm: Dimm): void
  /** Asks the kernel for a DIMM. @throws HotplugError UNPLUG_PENDING (EBUSY), by `beginUnplug`, where it waits already */
  askBack(machine: Machine, dimm: Dimm): void
  /** The kernel's name for a DIMM; default: it has none. */
  nameOf?(machine: Machine, dimm: Dimm): string | null
}

/**
 * The hypervisor half of a firmware whose memory devices are QEMU's pc-dimms: slots, placement by first fit, checks of a
 * request. Source: QEMU hw/mem/pc-dimm.c and memory-device.c 7.2.
 * @beta
 */
export function dimmPlatform(firmware: DimmFirmware): Platform {
  const told = (machine: Machine, dimm: Dimm): PluggedDevice => {
    const { id, address, sizeBytes, node, slot } = dimm
    return { id, address, sizeBytes, node, slot, name: firmware.nameOf?.(machine, dimm) ?? null }
  }
  return {
    plug(machine, request) {
      const dimms = firmware.dimms(machine)
      const dimm = placeDimm(machine, request, { dimms, policy: firmware.policy(machine) })
      dimms.push(dimm)
      firmware.announce(machine, dimm)
      return told(machine, dimm)
    },
    requestUnplug(machine, id) {
      firmware.askBack(machine, findDimm(firmware.dimms(machine), id))
    },
    plugged: (machine) =>
      firmware
        .dimms(machine)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map((dimm) => told(machine, dimm)),
  }
}

interface Slots {
  readonly dimms: readonly Dimm[]
  readonly policy: DimmPolicy
}

function placeDimm(machine: Machine, request: PlugRequest, slots: Slots): Dimm {
  checkRequest(machine, request, slots)
  const { id, sizeBytes, node, address } = request
  const slot = freeSlot(slots, request.slot)
  const placement = placementOf(machine, slots)
  const start = address ?? placeFirstFit(placement, sizeBytes)
  if (address !== undefined) checkAddress(placement, { start, end: start + sizeBytes })
  return { id, slot, address: start, sizeBytes, node, unplugPending: false }
}

const placementOf = (machine: Machine, { dimms, policy }: Slots): Placement => ({
  windows: policy.windows,
  alignmentBytes: policy.alignmentBytes,
  taken: [
    ...(policy.reserved ?? []),
    ...deviceMemory(machine),
    ...dimms.map(({ address, sizeBytes }) => ({ start: address, end: address + sizeBytes })),
  ],
})

function checkRequest(machine: Machine, request: PlugRequest, { dimms, policy }: Slots): void {
  const { id, sizeBytes, node } = request
  const { alignmentBytes, nodeCount } = policy
  if (sizeBytes <= 0 || !isAligned(sizeBytes, alignmentBytes)) {
    const text = `A memory device has a multiple of ${alignmentBytes} bytes, and not ${sizeBytes}.`
    const detail = { id, sizeBytes, alignmentBytes }
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail })
  }
  if (dimms.some((dimm) => dimm.id === id)) {
    const text = `The platform holds a memory device "${id}" already.`
    throw new HotplugError('DEVICE_EXISTS', 'EEXIST', text, { detail: { id } })
  }
  const isNode =
    nodeCount === undefined
      ? findNode(machine, nodeId(node)) !== undefined
      : Number.isInteger(node) && node >= 0 && node < nodeCount
  if (isNode) return
  throw new HotplugError('NO_SUCH_NODE', 'EINVAL', `The machine has no node ${node}.`, {
    detail: { id, node },
  })
}

function freeSlot({ dimms, policy }: Slots, wanted: number | undefined): number {
  const { slots } = policy
  const free = slots.find(
    (number) =>
      (wanted === undefined || number === wanted) && !dimms.some(({ slot }) => slot === number),
  )
  if (free !== undefined) return free
  const text =
    wanted === undefined
      ? 'All memory slots are taken.'
      : `Memory slot ${wanted} is taken, or there is none of this number.`
  const detail = { slots: slots.length, ...(wanted === undefined ? {} : { slot: wanted }) }
  throw new HotplugError('NO_FREE_SLOT', 'ENOSPC', text, { detail })
}
