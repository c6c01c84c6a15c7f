import { type BlockId, invariant, type Machine, type MemoryDevice } from '@memhp/core'
import { type Dimm, driverSlot, type StateSlot } from '@memhp/core/plugin'
import type { AcpiFirmwareFaults } from './config/acpi-config'
import type { AcpiLayout, CrsRange, DeviceLayout, WindowLayout } from './config/layout'
import { qemuMachineOf } from './platform/qemu'

/** Name of the driver, and of its part of `machine.state.memory.drivers`. */
export const DRIVER = 'acpi'

/** What firmware answers for a slot of the platform. */
export interface MemorySlot {
  readonly number: number
  /** What _STA answers. */
  status: number
  /** What _CRS answers. */
  ranges: CrsRange[]
  /** What _PXM answers; null for a device without. */
  node: number | null
  faults: AcpiFirmwareFaults
}

/** A memory block bound to an ACPI device: one `physical_node` link. */
export interface PhysicalNode {
  /** 0 for `physical_node`, N for `physical_nodeN`. */
  readonly id: number
  readonly block: BlockId
  /** Taken offline by the ejection that is running: to be put online again if it fails. */
  putOnline: boolean
}

/** A PNP0C80 device of the namespace: the kernel's half, and its slot. */
export interface AcpiDevice {
  /** Given when the device comes, where a slot has none before. */
  name: string
  /** Whether the kernel has a device for the slot: a directory, and a name on the bus. */
  isListed: boolean
  readonly path: string
  readonly uid: string | null
  /** Directory of its parent below /sys/devices; null: QEMU's (`parentOf`). */
  readonly parent: string | null
  readonly slot: MemorySlot
  /** What the memory handler made of it; null while the handler is not attached. */
  memory: MemoryDevice | null
  /** What a memory driver that keeps it last made of the device; null where none does. */
  power: 'on' | 'off' | 'invalid' | null
  /** The namespace scan has dealt with it. */
  enumerated: boolean
  /** Ascending by id. */
  physicalNodes: PhysicalNode[]
}

/** `machine.state.memory.drivers.acpi`: plain data. */
export interface AcpiState {
  readonly devices: AcpiDevice[]
  /** What the hypervisor has in its slots. */
  readonly dimms: Dimm[]
  readonly window: WindowLayout
  /** Proximity domains, and those that were named so far: by tables, then by devices. */
  readonly domains: { readonly count: number; readonly named: number[] } | null
  /** Number of the next device that comes to a slot without one. */
  nextNumber: number
  /** /sys/firmware/acpi/hotplug/memory/enabled. */
  hotplugEnabled: boolean
}

/** The state before boot: firmware is there, the kernel has looked at nothing yet. */
export function initialState(layout: AcpiLayout): AcpiState {
  return {
    devices: layout.devices.map(initialDevice),
    dimms: [],
    window: { ...layout.window },
    domains:
      layout.domains === null
        ? null
        : { count: layout.domains.count, named: [...layout.domains.named] },
    nextNumber: 0,
    hotplugEnabled: layout.hotplugEnabled,
  }
}

function initialDevice(layout: DeviceLayout): AcpiDevice {
  const { name, path, uid, parent, slot, status, ranges, node, faults } = layout
  return {
    name,
    isListed: true,
    path,
    uid,
    parent,
    slot: { number: slot, status, ranges: [...ranges], node, faults: { ...faults } },
    memory: null,
    power: null,
    enumerated: false,
    physicalNodes: [],
  }
}

/** Where the driver's state lies. */
export const ACPI: StateSlot<AcpiState> = driverSlot(DRIVER)

/** The driver's part of a machine's state. Never keep it across operations: `restoreSnapshot` replaces it. */
export const acpiState = (machine: Machine): AcpiState => ACPI.of(machine)

/** What the hypervisor has in a device's slot, undefined where it is empty. */
export const dimmOf = (machine: Machine, { slot }: AcpiDevice): Dimm | undefined =>
  acpiState(machine).dimms.find((dimm) => dimm.slot === slot.number)

/** The namespace device of this name, undefined where there is none. */
export const findDevice = (machine: Machine, name: string): AcpiDevice | undefined =>
  acpiState(machine).devices.find((device) => device.isListed && device.name === name)

/** Directory of a device's parent below /sys/devices. Source: recorded `firmware_node` links and uevents. */
export const parentOf = (machine: Machine, { parent }: Pick<AcpiDevice, 'parent'>): string =>
  parent ??
  `LNXSYSTM:00/${machine.generation.rules.device.systemBus}/${qemuMachineOf(machine).container}`

/** Path of a device below /sys, as uevents name it. */
export const devpathOf = (machine: Machine, device: AcpiDevice): string =>
  `/devices/${parentOf(machine, device)}/${device.name}`

/** The device in a slot. @throws InvariantViolation where there is no such slot */
export function deviceInSlot(machine: Machine, slot: number): AcpiDevice {
  const device = acpiState(machine).devices.find((each) => each.slot.number === slot)
  invariant(device !== undefined, `Slot ${slot} has a device in the namespace.`)
  return device
}
