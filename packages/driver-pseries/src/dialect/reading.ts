import type { FirmwareCapture, FirmwareReading } from '@memhp/core/plugin'
import { DEVICE_TREE } from '@memhp/kernel-files'
import { describePseries, isBootMemory, keptMemory } from './describe'
import {
  DYNAMIC_MEMORY,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  parseLmbSize,
  parseLmbTable,
} from './dynamic-memory'
import { DLPAR } from './files'

/** Names of connectors, by index. Source: PAPR */
const CONNECTOR_FILES = ['ibm,drc-indexes', 'ibm,drc-names'] as const

/** What the texts of its files must be, by patterns of their paths. */
const CHECKS: FirmwareCapture['checks'] = [
  [/\/ibm,lmb-size$/, parseLmbSize] as const,
  ...LMB_TABLE_FILES.map(
    (file) =>
      [
        new RegExp(`/${file}$`),
        (text: string) => parseLmbTable(file, { text, lmbBytes: 1 }),
      ] as const,
  ),
]

// @__NO_SIDE_EFFECTS__
const captureOf = (): FirmwareCapture => ({
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
  checks: CHECKS,
  kept: CONNECTOR_FILES.map((name) => `${DEVICE_TREE}/${name}`),
  describe: describePseries,
  isBootMemory,
  keptMemory,
})

/** What a capture keeps of logical memory blocks (LMBs): the device tree's tables, and DLPAR. */
export const PSERIES_CAPTURE: FirmwareCapture = captureOf()

/** Logical memory blocks as the driver reads them of a host. */
export const PSERIES_READING: FirmwareReading = {
  driver: 'pseries',
  capture: PSERIES_CAPTURE,
}
