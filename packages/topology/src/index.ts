export { readBlockBytes } from './blocks'
export { type CaptureHead, knownOfCapture } from './captured'
export {
  driverManagedMemory,
  type ImmovableResource,
  immovableResourcesIn,
  isCalledUnremovable,
  type OwnedMemory,
} from './evidence'
export { type DeviceRun, deviceRuns } from './firmware/device-runs'
export {
  type Dialects,
  devicesCalled,
  deviceTrait,
  directoryOfDevice,
  type Listings,
  nameOfRun,
  onlinesByItself,
  type Removal,
  removalsOf,
} from './firmware/devices'
export { type BlockGroup, type BlockTrait, groupBlocks } from './group-blocks'
export { LOOKS } from './looks'
export { idsIn } from './nodes'
export type { PageSizeRule } from './page-size'
export { type Looks, readTopologyBy, type TopologyKnowledge, type TopologyRules } from './read-bare'
export { readPageBytes } from './read-page-bytes'
export { type ReadTopologyOptions, readTopology } from './read-topology'
export { type ResourceHit, resourcesIn } from './resources-of'
export type * from './topology'
