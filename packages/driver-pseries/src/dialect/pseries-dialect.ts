import type { FirmwareDialect } from '@memhp/core/plugin'
import { DEVICE_TREE } from '@memhp/kernel-files'
import { PSERIES_CENSUS } from './census'
import { describePseries, isBootMemory } from './describe'
import {
  DYNAMIC_MEMORY,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  parseLmbSize,
  parseLmbTable,
} from './dynamic-memory'
import { DLPAR, PSERIES_FILES } from './files'
import { PSERIES_WALK } from './walk'

/** Names of connectors, by index. Source: PAPR */
const CONNECTOR_FILES = ['ibm,drc-indexes', 'ibm,drc-names'] as const

/** POWER partitions, for clients: logical memory blocks (LMBs) in the device tree, and DLPAR. */
export const pseriesDialect: FirmwareDialect = {
  driver: 'pseries',
  parameters: [],
  files: PSERIES_FILES,
  capture: {
    wanted: {
      paths: [
        DLPAR,
        `${DYNAMIC_MEMORY}/(${[LMB_SIZE_FILE, ...LMB_TABLE_FILES].join('|')})`,
        `${DEVICE_TREE}/(${CONNECTOR_FILES.join('|')})`,
      ],
      behindLinks: [],
      directories: [],
    },
    assumptions: [],
    checks: [
      [/\/ibm,lmb-size$/, parseLmbSize],
      ...LMB_TABLE_FILES.map(
        (file) =>
          [
            new RegExp(`/${file}$`),
            (text: string) => parseLmbTable(file, { text, lmbBytes: 1 }),
          ] as const,
      ),
    ],
    kept: CONNECTOR_FILES.map((name) => `${DEVICE_TREE}/${name}`),
    describe: describePseries,
    isBootMemory,
  },
  census: PSERIES_CENSUS,
  walk: PSERIES_WALK,
}
