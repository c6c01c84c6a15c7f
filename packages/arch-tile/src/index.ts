export { tileGeometry, tileMapping } from './geometry'
export type { TileOptions } from './options'
export { tile } from './tile'
