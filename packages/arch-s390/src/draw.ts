import { MIB } from '@memhp/core'
import type { DrawnArch, Random } from '@memhp/core/plugin'

/** Leaves of 1 MiB, or of 2 GiB as well; either size of sections; boot memory of whole blocks. */
export function drawS390(random: Random): DrawnArch {
  const archOptions = {
    edat: random.pick([0, 1, 2]),
    sectionBytes: random.pick([256, 256, 128]) * MIB,
  }
  return { archOptions, ramUnitBytes: archOptions.sectionBytes, hole: null }
}
