// @memhp/driver-acpi/dialect, for clients: ACPI memory devices as files show them. No machine is loaded.
export { acpiDialect } from './dialect/acpi-dialect'
export type { AcpiConfigFacts, AcpiDeviceFacts, AcpiRangeFacts } from './dialect/describe'
export { ACPI_ROOT } from './dialect/files'
