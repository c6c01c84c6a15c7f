import { type Machine, type Platform, rangeSize } from '@memhp/core'
import { type Dimm, type DimmPolicy, dimmPlatform } from '@memhp/core/plugin'
import type { AcpiLayout } from '../config/layout'
import { hasBits, STA } from '../firmware/methods'
import { queueHotplug } from '../handler/notify'
import { NOTIFY } from '../handler/outcome'
import { type AcpiDevice, acpiState, deviceInSlot } from '../state'
import { qemuMachineOf } from './qemu'
import { deviceWindow } from './window'

/**
 * The platform behind the namespace: each device is a slot for one pc-dimm. QEMU asks for a DIMM as often as it is told
 * to: an eject request that is not answered yet refuses no other. Source: QEMU hw/acpi/memory_hotplug.c 7.2.
 */
export const acpiPlatform: Platform = dimmPlatform({
  dimms: (machine) => acpiState(machine).dimms,
  policy,
  announce(machine, dimm) {
    const device = deviceOf(machine, dimm)
    const { slot } = device
    const { address: start, sizeBytes } = dimm
    slot.status = STA.working
    slot.ranges = [{ start, end: start + sizeBytes, caching: 'cacheable', access: 'read-write' }]
    slot.node = dimm.node
    queueHotplug(machine, device, NOTIFY.deviceCheck)
  },
  askBack: (machine, dimm) => queueHotplug(machine, deviceOf(machine, dimm), NOTIFY.ejectRequest),
  nameOf: (machine, dimm) => deviceOf(machine, dimm).name,
})

function policy(machine: Machine): DimmPolicy {
  const { devices, dimms, window, domains } = acpiState(machine)
  const held = new Set(dimms.map(({ slot }) => slot))
  const mayTake = ({ slot }: AcpiDevice): boolean =>
    held.has(slot.number) || !hasBits(slot.status, STA.present)
  const facts = {
    ram: machine.description.ram,
    addressLimit: 2 ** machine.arch.geometry.maxPhysMemBits,
    ...qemuMachineOf(machine),
  }
  return {
    slots: devices.filter(mayTake).map(({ slot }) => slot.number),
    windows: [deviceWindow(window, facts)],
    alignmentBytes: window.alignmentBytes,
    reserved: devices.flatMap(({ slot }) => slot.ranges),
    ...(domains === null ? {} : { nodeCount: domains.count }),
  }
}

const deviceOf = (machine: Machine, { slot }: Dimm): AcpiDevice => deviceInSlot(machine, slot)

/**
 * Puts what a description names into the slots, once the kernel has booted: where firmware knows no node of a device, it
 * is the kernel's guess.
 */
export function fillSlots(machine: Machine, layout: AcpiLayout): void {
  for (const { slot, id } of layout.devices) {
    if (id === null) continue
    const device = deviceInSlot(machine, slot)
    const { ranges, node } = device.slot
    acpiState(machine).dimms.push({
      id,
      slot,
      address: ranges[0]?.start ?? 0,
      sizeBytes: ranges.reduce((sum, range) => sum + rangeSize(range), 0),
      node: node ?? device.memory?.nodeId ?? 0,
      unplugPending: false,
    })
  }
}
