// memhp plugin: virtio-mem devices, whose memory grows and shrinks in parts of blocks while they are plugged.
export { loadModule, unloadModule } from './bus-driver'
export type {
  PluggedRange,
  PortConfig,
  VirtioMemConfig,
  VirtioMemDeviceConfig,
  VirtioMemLayout,
} from './config'
export { virtioMemDriver } from './driver'
export {
  type BoundDevice,
  type VirtioMemDevice,
  type VirtioMemState,
  virtioMemState,
} from './state'
