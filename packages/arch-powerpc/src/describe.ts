import { MIB } from '@memhp/core'
import type { CapturedKernel } from '@memhp/core/plugin'

/** /proc/cpuinfo names the MMU; a block is an LMB; kernels that count a hashed direct map tell the size of its pages. */
export function describePowerpc({
  cpu,
  pageBytes,
  blockBytes,
  directMap,
}: CapturedKernel): Readonly<Record<string, unknown>> {
  const mmu = cpu?.mmu?.toLowerCase()
  const linearPageBytes = [pageBytes, 16 * MIB].find((size) => (directMap.get(size) ?? 0) > 0)
  return {
    ...(mmu === undefined ? {} : { mmu }),
    ...(mmu === 'hash' && linearPageBytes !== undefined ? { linearPageBytes } : {}),
    pageBytes,
    lmbBytes: blockBytes,
  }
}
