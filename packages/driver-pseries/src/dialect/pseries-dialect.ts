import type { FirmwareDialect } from '@memhp/core/plugin'
import { PSERIES_CENSUS } from './census'
import { PSERIES_FILES } from './files'
import { PSERIES_CAPTURE } from './reading'
import { PSERIES_WALK } from './walk'

/** POWER partitions, for clients: logical memory blocks (LMBs) in the device tree, and DLPAR. */
export const pseriesDialect: FirmwareDialect = {
  driver: 'pseries',
  parameters: [],
  files: PSERIES_FILES,
  capture: PSERIES_CAPTURE,
  census: PSERIES_CENSUS,
  walk: PSERIES_WALK,
}
