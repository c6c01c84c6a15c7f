// @memhp/platforms/dialects, for clients: the one list of firmware dialects. No machine is loaded.
import type { FirmwareCapture, FirmwareDialect } from '@memhp/core/plugin'
import { acpiDialect } from '@memhp/driver-acpi/dialect'
import { PSERIES_CHECKS, pseriesDialect } from '@memhp/driver-pseries/dialect'
import { sclpDialect } from '@memhp/driver-sclp/dialect'

export { ARCH_PAGE_SIZES } from './arch-page-sizes'

/** The dialects of all firmware, in the order in which their devices are read and removed. */
export const DIALECTS: readonly FirmwareDialect[] = [acpiDialect, pseriesDialect, sclpDialect]

/** What the texts of their files must be, by patterns of the paths: apart, so that who only checks texts loads no more. */
export const TEXT_CHECKS: FirmwareCapture['checks'] = PSERIES_CHECKS
