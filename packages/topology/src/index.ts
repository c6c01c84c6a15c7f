export {
  devicesCalled,
  deviceTrait,
  directoryOfDevice,
  nameOfRun,
  removalsOf,
} from './firmware/devices'
export type { FirmwareWrite, Removal } from './firmware/firmware-interface'
export { type DeviceRun, deviceRuns, drcIndexOf } from './firmware/pseries'
export { type BlockGroup, type BlockTrait, groupBlocks } from './group-blocks'
export { type ReadTopologyOptions, readTopology } from './read-topology'
export { type ResourceHit, resourcesIn } from './resources-of'
export type * from './topology'
