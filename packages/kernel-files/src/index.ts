export {
  bytesOfText,
  DEVICE_TREE,
  isBinaryFile,
  textOfBytes,
} from './device-tree/binary-file'
export { type Cells, cellsOf } from './device-tree/cells'
export { type LogLine, parseKernelLog } from './log/kernel-log'
export { type PageDump, pageDumpsIn } from './log/page-dump'
export { formatHex, formatHexDigits, parseHex } from './number/hex'
export {
  formatKernelBool,
  parseKernelBool,
  parseKernelUnsigned,
  type UnsignedLimits,
} from './number/kstrto'
export { compareNatural } from './number/natural-order'
export {
  formatBitmap,
  formatNumberList,
  formatNumberRuns,
  MOST_CPUS,
  MOST_NODES,
  type NumberRun,
  parseNumberList,
  parseNumberRuns,
} from './number/number-list'
export { formatExactSize, formatSize, parseSize } from './number/size'
export {
  type CountedFiles,
  derivePageBytes,
  type PageSize,
  type PageSizeSource,
} from './page-size'
export {
  BLOCK_SIZE_FILE,
  blockDirectory,
  blockFile,
  COUNTER_FILES,
  FIRMWARE_MAP_DIRECTORY,
  firmwareMapEntry,
  MEMORY_DIRECTORY,
  NODE_DIRECTORY,
  nodeDirectory,
  nodeFile,
  PAGE_FILES,
  PARAMETERS_DIRECTORY,
  parameterFile,
  STORAGE_DIRECTORY,
  storageFile,
} from './paths'
export { type BuddyText, formatBuddyinfo, parseBuddyinfo } from './proc/buddyinfo'
export {
  extendCmdline,
  formatCmdline,
  formatParameter,
  type KernelParameter,
  lastGiven,
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
export { ordinaryTexts } from './proc/ordinary-texts'
export {
  formatPagetypeinfo,
  type PageTypeNode,
  type PageTypeZone,
  parsePagetypeinfo,
} from './proc/pagetypeinfo'
export {
  firstEndingFrom,
  isSystemRam,
  SYSTEM_RAM,
  systemRamBytes,
  systemRamRanges,
} from './proc/system-ram'
export {
  formatZoneinfo,
  parseZoneinfo,
  type ZoneCounts,
  type ZoneText,
  zoneCounts,
} from './proc/zoneinfo'
export { zoneinfoOver } from './proc/zoneinfo-over'
export { type TextCheck, type TextChecks, textFault } from './text-check'
export { TextFault, type TextPlace, unexpectedText } from './text-fault'
