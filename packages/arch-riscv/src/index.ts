export { RISCV_GEOMETRY, riscvMapping } from './geometry'
export type { RiscvOptions } from './options'
export { riscv64 } from './riscv64'
