import type { FirmwareReading } from '@memhp/core/plugin'
import { describeAcpi } from './describe'

/** ACPI memory devices as the driver reads them of a host. */
export const ACPI_READING: FirmwareReading = {
  driver: 'acpi',
  capture: { checks: [], kept: [], describe: describeAcpi },
}
