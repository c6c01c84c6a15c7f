// memhp plugin: device-dax and kmem, memory of devices that the kernel takes in and gives back.
export type {
  DaxDriverName,
  DaxKmemConfig,
  DaxKmemLayout,
  DaxRegionConfig,
  HotplugState,
} from './config'
export { daxKmemDriver } from './driver'
export { type DaxDevice, type DaxMemory, type DaxState, daxState } from './state'
