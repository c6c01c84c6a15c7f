import { HotplugError } from '../errors/hotplug-error'
import { emitPlatformEvent } from '../machine/journal'
import type { Machine } from '../model/machine'

/** A DIMM as the hypervisor holds it: plain data of the driver's state. Source: QEMU hw/mem/pc-dimm.c 7.2. @beta */
export interface Dimm {
  /** The hypervisor's name for it: `dimm1`. */
  readonly id: string
  readonly slot: number
  /** Physical address, in bytes. */
  readonly address: number
  readonly sizeBytes: number
  readonly node: number
  /** The hypervisor asked for it back and waits; only where the firmware counts that (`beginUnplug`). */
  unplugPending: boolean
}

const pathOf = (id: string): string => `/machine/peripheral/${id}`

/**
 * The DIMM of this id.
 * @throws HotplugError NO_SUCH_DEVICE (ENODEV) where the platform holds none
 * @beta
 */
export function findDimm(dimms: readonly Dimm[], id: string): Dimm {
  const dimm = dimms.find((each) => each.id === id)
  if (dimm !== undefined) return dimm
  throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `The platform holds no "${id}".`, {
    detail: { id },
  })
}

/**
 * Notes that the guest was asked for a DIMM, where the platform waits for one answer at a time.
 * @throws HotplugError UNPLUG_PENDING (EBUSY) where it waits already
 * @beta
 */
export function beginUnplug(dimm: Dimm): void {
  if (dimm.unplugPending) {
    const text = `Memory unplug already in progress for device ${dimm.id}`
    throw new HotplugError('UNPLUG_PENDING', 'EBUSY', text, { detail: { id: dimm.id } })
  }
  dimm.unplugPending = true
}

/** The guest refuses to give a DIMM back, and the platform takes its request back: DEVICE_UNPLUG_GUEST_ERROR. @beta */
export function cancelUnplug(machine: Machine, dimm: Dimm): void {
  const { id: device } = dimm
  dimm.unplugPending = false
  emitPlatformEvent(machine, {
    event: 'DEVICE_UNPLUG_GUEST_ERROR',
    data: { device, path: pathOf(device) },
  })
}

/** Takes a DIMM out of its slot and says so: DEVICE_DELETED. @beta */
export function releaseDimm(machine: Machine, dimms: Dimm[], dimm: Dimm): void {
  const index = dimms.indexOf(dimm)
  if (index === -1) return
  dimms.splice(index, 1)
  const { id: device } = dimm
  emitPlatformEvent(machine, {
    event: 'DEVICE_DELETED',
    data: { device, path: pathOf(device) },
  })
}
