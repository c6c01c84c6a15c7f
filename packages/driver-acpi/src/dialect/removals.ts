import type { FirmwareFiles, FirmwareWrite } from '@memhp/core/plugin'
import { ACPI_LISTING, ACPI_ROOT } from './files'

const isName = (word: string): boolean => /^[A-Z]{3,4}[0-9A-F]{4}:[0-9a-f]{2,}$/.test(word)

/** The file by which the device of a name is asked to go. */
export const ejectFile = (name: string): string => `${ACPI_ROOT}/${name}/eject`

const ejectionOf = (name: string): FirmwareWrite => ({ path: ejectFile(name), text: '1' })

/** ACPI memory devices. Each has an `eject` file. */
export const ACPI_FILES: FirmwareFiles = {
  ...ACPI_LISTING,
  removals: (devices) =>
    devices.map((device) => ({
      devices: [device],
      verb: 'eject',
      ...ejectionOf(device.name),
      undo: null,
    })),
  removalOf: (word) => (isName(word) ? ejectionOf(word) : undefined),
  directoryOf: (name) => `${ACPI_ROOT}/${name}`,
  isName,
}
