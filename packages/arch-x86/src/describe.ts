import { GIB } from '@memhp/core'
import type { CapturedKernel } from '@memhp/core/plugin'
import type { X86Options } from './options'

/** What the processor's flags tell; without them, whether the kernel counts leaves of 1 GiB, as it does where it may use them. */
export function describeX86({
  cpu,
  parameters,
  directMap,
}: CapturedKernel): Partial<X86Options> | undefined {
  if (cpu === undefined) return directMap.size > 0 ? { gbpages: directMap.has(GIB) } : undefined
  const has = (flag: string): boolean => cpu.flags.includes(flag)
  return {
    levels: has('la57') ? 5 : 4,
    gbpages: has('pdpe1gb') && !parameters.some(({ name }) => name === 'nogbpages'),
    hypervisor: has('hypervisor'),
  }
}
