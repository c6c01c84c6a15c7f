export { ia64Geometry, ia64Mapping } from './geometry'
export { ia64 } from './ia64'
export type { Ia64Options } from './options'
