export { aarch64 } from './aarch64'
export { arm64Geometry, arm64Mapping } from './geometry'
export type { Arm64Options } from './options'
