import type { CapturedKernel } from '@memhp/core/plugin'

/** /proc/cpuinfo names the MMU; a block is an LMB. */
export function describePowerpc({
  cpu,
  pageBytes,
  blockBytes,
}: CapturedKernel): Readonly<Record<string, unknown>> | undefined {
  if (cpu?.mmu === undefined) return undefined
  return { mmu: cpu.mmu.toLowerCase(), pageBytes, lmbBytes: blockBytes }
}
