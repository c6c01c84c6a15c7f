// memhp plugin: logical memory blocks of POWER partitions, added and removed by DLPAR.
export type { PseriesConfig, PseriesDeviceConfig, PseriesLayout } from './config'
export { parseDlparRequest } from './dlpar-file'
export { pseriesDriver } from './driver'
export { type DlparRequest, performRequest } from './request'
export {
  type Connector,
  type DrcState,
  type Lmb,
  type PseriesState,
  pseriesState,
} from './state'
