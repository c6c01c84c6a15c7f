import type { BlockId, Machine, MemoryDevice } from '@memhp/core'
import { type Dimm, driverSlot, type StateSlot } from '@memhp/core/plugin'
import type { AcpiFirmwareFaults } from './config/acpi-config'
import type { AcpiLayout, CrsRange, DeviceLayout, WindowLayout } from './config/layout'

/** Name of the driver, and of its part of `machine.state.memory.drivers`. */
export const DRIVER = 'acpi'

/** What firmware answers for a slot of the platform. */
export interface MemorySlot {
  readonly number: number
  /** What _STA answers. */
  status: number
  /** What _CRS answers. */
  ranges: CrsRange[]
  /** What _PXM answers, as a node; null for a device without. */
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
  readonly name: string
  readonly path: string
  readonly uid: string | null
  /** Directory of its parent below /sys/devices. */
  readonly parent: string
  readonly slot: MemorySlot
  /** What the memory handler made of it; null while the handler is not attached. */
  memory: MemoryDevice | null
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
  /** /sys/firmware/acpi/hotplug/memory/enabled. */
  hotplugEnabled: boolean
}

/** The state before boot: firmware is there, the kernel has looked at nothing yet. */
export function initialState(layout: AcpiLayout): AcpiState {
  return {
    devices: layout.devices.map(initialDevice),
    dimms: [],
    window: { ...layout.window },
    hotplugEnabled: layout.hotplugEnabled,
  }
}

function initialDevice(layout: DeviceLayout): AcpiDevice {
  const { name, path, uid, parent, slot, status, ranges, node, faults } = layout
  return {
    name,
    path,
    uid,
    parent,
    slot: { number: slot, status, ranges: [...ranges], node, faults: { ...faults } },
    memory: null,
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
  acpiState(machine).devices.find((device) => device.name === name)
