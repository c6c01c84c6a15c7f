// @memhp/platforms/dialects, for clients: the one list of firmware dialects. No machine is loaded.
import type { FirmwareDialect } from '@memhp/core/plugin'
import { acpiDialect } from '@memhp/driver-acpi/dialect'
import { daxKmemDialect } from '@memhp/driver-dax-kmem/dialect'
import { pseriesDialect } from '@memhp/driver-pseries/dialect'
import { sclpDialect } from '@memhp/driver-sclp/dialect'
import { virtioMemDialect } from '@memhp/driver-virtio-mem/dialect'

export { ARCH_PAGE_SIZES } from './arch-page-sizes'

/** The dialects of all firmware, in the order in which their devices are read and removed. */
export const DIALECTS: readonly FirmwareDialect[] = [
  acpiDialect,
  pseriesDialect,
  sclpDialect,
  virtioMemDialect,
  daxKmemDialect,
]
