import { GIB, MIB } from '@memhp/core'
import type { DrawnArch, Random } from '@memhp/core/plugin'
import { VARIANTS } from './variants'

/** A mode; boot memory of whole sections from 2 GiB on or from 0, and no more than the narrowest mode maps. */
export function drawRiscv(random: Random): DrawnArch {
  const archOptions = random.pick(Object.values(VARIANTS))
  const start = random.pick([2 * GIB, 2 * GIB, 0])
  const reach = archOptions.mode === 'sv39' ? 128 * GIB : 2 ** 40
  return { archOptions, ramUnitBytes: 128 * MIB, hole: null, window: { start, end: reach } }
}
