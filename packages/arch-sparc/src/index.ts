export { sparcGeometry, sparcMapping } from './geometry'
export type { SparcOptions } from './options'
export { sparc64 } from './sparc64'
