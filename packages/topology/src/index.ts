export { type BlockGroup, type BlockTrait, groupBlocks } from './group-blocks'
export {
  derivePageBytes,
  type PageSize,
  type PageSizeEvidence,
} from './page-size'
export { type ReadTopologyOptions, readTopology } from './read-topology'
export { type ResourceHit, resourcesIn } from './resources-of'
export type * from './topology'
