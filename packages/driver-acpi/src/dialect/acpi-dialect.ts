import type { FirmwareDialect } from '@memhp/core/plugin'
import { ACPI_CENSUS } from './census'
import { describeAcpi, HOTPLUG_ENABLED } from './describe'
import { ACPI_FILES, ACPI_ROOT } from './files'
import { ACPI_WALK } from './walk'

/** ACPI memory devices (PNP0C80), for clients: their directories on the ACPI bus, and their `eject` files. */
export const acpiDialect: FirmwareDialect = {
  driver: 'acpi',
  parameters: ['acpi_no_memhotplug'],
  files: ACPI_FILES,
  capture: {
    wanted: {
      paths: [HOTPLUG_ENABLED],
      behindLinks: [
        {
          link: `${ACPI_ROOT}/PNP0C80:[0-9a-f]+`,
          names: '(path|status|hid|uid|adr|sun|modalias|eject|physical_node[0-9]*)',
        },
      ],
      directories: [ACPI_ROOT],
    },
    assumptions: [
      {
        path: '/sys/devices/.*/PNP0C80:[0-9a-f]+/status',
        assume: 'The device is present if memory blocks are bound to it.',
        noteAbsence: 'ignore',
      },
    ],
    checks: [],
    kept: [],
    describe: describeAcpi,
  },
  census: ACPI_CENSUS,
  walk: ACPI_WALK,
}
