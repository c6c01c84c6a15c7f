import type { CapturedKernel } from '@memhp/core/plugin'

/** /proc/cpuinfo names the MMU; a block is an LMB. */
export function describePowerpc({
  cpu,
  pageBytes,
  blockBytes,
}: CapturedKernel): Readonly<Record<string, unknown>> {
  const mmu = cpu?.mmu?.toLowerCase()
  return { ...(mmu === undefined ? {} : { mmu }), pageBytes, lmbBytes: blockBytes }
}
