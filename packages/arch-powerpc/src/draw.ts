import { MIB } from '@memhp/core'
import type { DrawnArch, Random } from '@memhp/core/plugin'

/** Either MMU and page size; boot memory of whole LMBs. */
export function drawPowerpc(random: Random): DrawnArch {
  const lmbBytes = random.pick([64, 256, 256]) * MIB
  const mmu = random.pick(['radix', 'radix', 'hash'])
  // Checking the many entries of a hash page table of 4 KiB pages takes minutes.
  const pageBytes = mmu === 'hash' ? 65_536 : random.pick([65_536, 65_536, 4096])
  return { archOptions: { mmu, pageBytes, lmbBytes }, ramUnitBytes: lmbBytes, hole: null }
}
