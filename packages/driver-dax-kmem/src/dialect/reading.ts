import type { FirmwareReading } from '@memhp/core/plugin'
import { DAX_CAPTURE } from './describe'

/** dax devices as the driver reads them of a host. */
export const DAX_READING: FirmwareReading = {
  driver: 'dax-kmem',
  capture: DAX_CAPTURE,
}
