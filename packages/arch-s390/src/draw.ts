import { MIB } from '@memhp/core'
import type { DrawnArch, Random } from '@memhp/core/plugin'

/** Leaves of 1 MiB, or of 2 GiB as well; either size of sections; boot memory of whole blocks. */
export function drawS390(random: Random): DrawnArch {
  const archOptions = {
    // Without EDAT all memory is mapped by base pages, of which checking each takes minutes.
    edat: random.pick([1, 1, 2]),
    sectionBytes: random.pick([256, 256, 128]) * MIB,
  }
  return { archOptions, ramUnitBytes: archOptions.sectionBytes, hole: null }
}
