// memhp plugin: ACPI memory devices (PNP0C80), which announce and eject memory.
export type {
  AcpiConfig,
  AcpiDeviceConfig,
  AcpiFirmwareFaults,
  AcpiRangeConfig,
  Caching,
} from './config/acpi-config'
export type { AcpiLayout, CrsRange, DeviceLayout, WindowLayout } from './config/layout'
export { acpiDriver } from './driver'
export { setFirmware } from './firmware/set-firmware'
export { notifyDevice } from './handler/notify'
export { NOTIFY, OST_STATUS } from './handler/outcome'
export { checkAcpiDevices } from './invariants'
export type { AcpiDevice, AcpiState, MemorySlot, PhysicalNode } from './state'
export { acpiState } from './state'
