import type { FirmwareCapture, FirmwareReading } from '@memhp/core/plugin'
import { describeAcpi, HOTPLUG_ENABLED } from './describe'
import { ACPI_FILES, ACPI_ROOT } from './files'

/** What a capture keeps of ACPI memory devices (PNP0C80): their directories, wherever the links of the bus lead. */
export const ACPI_CAPTURE: FirmwareCapture = {
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
}

/** Kernel parameters that bear on it. */
export const ACPI_PARAMETERS: readonly string[] = ['acpi_no_memhotplug']

/** ACPI memory devices as the driver reads them of a host. */
export const ACPI_READING: FirmwareReading = {
  driver: 'acpi',
  parameters: ACPI_PARAMETERS,
  files: ACPI_FILES,
  capture: ACPI_CAPTURE,
}
