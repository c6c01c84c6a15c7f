// @memhp/driver-pseries/dialect, for clients: logical memory blocks as files show them. No machine is loaded.
export type { PseriesConfigFacts, PseriesDimmFacts } from './dialect/describe'
export {
  DYNAMIC_MEMORY,
  formatLmbSize,
  formatLmbTable,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  type LmbTableFile,
  parseLmbSize,
  parseLmbTable,
} from './dialect/dynamic-memory'
export { isAssignedLmb, isDynamicLmb, type LmbRun } from './dialect/lmb'
export { drcIndexOf } from './dialect/lmb-name'
export { pseriesDialect } from './dialect/pseries-dialect'
