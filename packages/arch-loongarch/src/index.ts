export { loongArchGeometry, loongArchMapping } from './geometry'
export { loongarch64 } from './loongarch64'
export type { LoongArchOptions } from './options'
