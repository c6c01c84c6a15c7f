export { type DeviceRun, deviceRuns } from './firmware/device-runs'
export {
  devicesCalled,
  deviceTrait,
  directoryOfDevice,
  nameOfRun,
  onlinesByItself,
  type Removal,
  removalsOf,
} from './firmware/devices'
export { type BlockGroup, type BlockTrait, groupBlocks } from './group-blocks'
export { type ReadTopologyOptions, readTopology } from './read-topology'
export { type ResourceHit, resourcesIn } from './resources-of'
export type * from './topology'
