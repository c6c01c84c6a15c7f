export {
  bytesOfText,
  DEVICE_TREE,
  isBinaryFile,
  textOfBytes,
} from './device-tree/binary-file'
export { parseConnectorNames } from './device-tree/connectors'
export {
  DYNAMIC_MEMORY,
  formatLmbSize,
  formatLmbTable,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  type LmbTableFile,
  parseLmbSize,
  parseLmbTable,
} from './device-tree/dynamic-memory'
export {
  hasFlag,
  isAssignedLmb,
  isDynamicLmb,
  joinLmbRuns,
  LMB_FLAG,
  type LmbRun,
  lmbsOfRun,
  NO_ASSOCIATIVITY,
} from './device-tree/lmb'
export { formatHex, formatHexDigits, parseHex } from './number/hex'
export {
  formatKernelBool,
  parseKernelBool,
  parseKernelUnsigned,
  type UnsignedLimits,
} from './number/kstrto'
export {
  formatNumberList,
  formatNumberRuns,
  MOST_CPUS,
  MOST_NODES,
  type NumberRun,
  parseNumberList,
  parseNumberRuns,
} from './number/number-list'
export {
  derivePageBytes,
  type PageSize,
  type PageSizeEvidence,
  type PageSizeSource,
} from './page-size'
export { type BuddyText, formatBuddyinfo, parseBuddyinfo } from './proc/buddyinfo'
export {
  extendCmdline,
  formatCmdline,
  formatParameter,
  type KernelParameter,
  parameterKey,
  parseCmdline,
} from './proc/cmdline'
export { formatIomem, type IomemLine, isMaskedIomem, parseIomem } from './proc/iomem'
export {
  directMapOf,
  formatMeminfo,
  formatMeminfoLine,
  kilobytesOf,
  type Meminfo,
  type MeminfoCounter,
  type MeminfoOverlay,
  meminfoOver,
  parseMeminfo,
} from './proc/meminfo'
export {
  formatPagetypeinfo,
  type PageTypeNode,
  type PageTypeZone,
  parsePagetypeinfo,
} from './proc/pagetypeinfo'
export { isSystemRam, SYSTEM_RAM, systemRamBytes, systemRamRanges } from './proc/system-ram'
export {
  formatZoneinfo,
  parseZoneinfo,
  type ZoneCounts,
  type ZoneText,
  zoneCounts,
} from './proc/zoneinfo'
export { TextFault, type TextPlace, unexpectedText } from './text-fault'
