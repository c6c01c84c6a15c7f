import type { CapturedKernel } from '@memhp/core/plugin'
import { MODES, type RiscvOptions } from './options'

/** What /proc/cpuinfo says of the processor, after the command line. */
export function describeRiscv({ cpu }: CapturedKernel): Partial<RiscvOptions> {
  const mode = MODES.find((each) => each === cpu?.mmu)
  return mode === undefined ? {} : { mode }
}
