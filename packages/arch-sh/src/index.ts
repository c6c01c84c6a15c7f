export { shGeometry, shMapping } from './geometry'
export type { ShOptions } from './options'
export { sh } from './sh'
