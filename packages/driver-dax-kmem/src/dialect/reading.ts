import type { FirmwareReading } from '@memhp/core/plugin'
import { DAX_CAPTURE } from './describe'
import { DAX_FILES } from './files'

/** dax devices as the driver reads them of a host. */
export const DAX_READING: FirmwareReading = {
  driver: 'dax-kmem',
  parameters: [],
  files: DAX_FILES,
  capture: DAX_CAPTURE,
}
