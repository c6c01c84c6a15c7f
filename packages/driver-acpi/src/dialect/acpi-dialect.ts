import type { FirmwareDialect } from '@memhp/core/plugin'
import { ACPI_CENSUS } from './census'
import { ACPI_FILES } from './files'
import { ACPI_CAPTURE, ACPI_PARAMETERS } from './reading'
import { ACPI_WALK } from './walk'

/** ACPI memory devices (PNP0C80), for clients: their directories on the ACPI bus, and their `eject` files. */
export const acpiDialect: FirmwareDialect = {
  driver: 'acpi',
  parameters: ACPI_PARAMETERS,
  files: ACPI_FILES,
  capture: ACPI_CAPTURE,
  census: ACPI_CENSUS,
  walk: ACPI_WALK,
}
