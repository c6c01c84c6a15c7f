import type { FirmwareDialect } from '@memhp/core/plugin'
import { ACPI_CAPTURE } from './capture'
import { ACPI_CENSUS } from './census'
import { ACPI_READING } from './reading'
import { ACPI_FILES } from './removals'
import { ACPI_WALK } from './walk'

/** ACPI memory devices (PNP0C80), for clients: their directories on the ACPI bus, and their `eject` files. */
export const acpiDialect: FirmwareDialect = {
  ...ACPI_READING,
  parameters: ['acpi_no_memhotplug'],
  files: ACPI_FILES,
  capture: ACPI_CAPTURE,
  census: ACPI_CENSUS,
  walk: ACPI_WALK,
}
