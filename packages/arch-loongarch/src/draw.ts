import { GIB, MIB } from '@memhp/core'
import type { DrawnArch, Random } from '@memhp/core/plugin'
import { VARIANTS } from './variants'

/** A kind of it; boot memory of whole sections from 0 or from 2 GiB on, as above the hole of such machines. */
export function drawLoongArch(random: Random): DrawnArch {
  const archOptions = random.pick(Object.values(VARIANTS))
  const start = random.pick([0, 0, 2 * GIB])
  return { archOptions, ramUnitBytes: 512 * MIB, hole: null, window: { start, end: 2 ** 40 } }
}
