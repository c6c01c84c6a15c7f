export { memoryBlockSizeBytes } from './block-size'
export { x86Geometry, x86Mapping } from './geometry'
export type { X86Options } from './options'
export { FAILED_ADD_LEAVES, x86_64 } from './x86-64'
