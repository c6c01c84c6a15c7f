import type { FirmwareCapture } from '@memhp/core/plugin'
import { HOTPLUG_ENABLED } from './describe'
import { ACPI_ROOT } from './files'
import { ACPI_READING } from './reading'

/** What a capture keeps of ACPI memory devices (PNP0C80): their directories, wherever the links of the bus lead. */
export const ACPI_CAPTURE: FirmwareCapture = {
  ...ACPI_READING.capture,
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
}
