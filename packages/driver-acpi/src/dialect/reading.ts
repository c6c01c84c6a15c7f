import type { FirmwareReading } from '@memhp/core/plugin'
import { describeAcpi } from './describe'
import { ACPI_LISTING } from './files'

/** ACPI memory devices as the driver reads them of a host. */
export const ACPI_READING: FirmwareReading = {
  driver: 'acpi',
  parameters: ['acpi_no_memhotplug'],
  files: ACPI_LISTING,
  capture: { checks: [], kept: [], describe: describeAcpi },
}
