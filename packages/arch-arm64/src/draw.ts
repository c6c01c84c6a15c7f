import { GIB, MIB } from '@memhp/core'
import type { DrawnArch, Random } from '@memhp/core/plugin'
import { VARIANTS } from './variants'

/** A kind of it; boot memory of whole sections from 1 GiB on or from 0. */
export function drawArm64(random: Random): DrawnArch {
  const archOptions = random.pick(Object.values(VARIANTS))
  const { pageBytes = 4096 } = archOptions
  const ramUnitBytes = (pageBytes === 65_536 ? 512 : 128) * MIB
  const start = random.pick([GIB, GIB, 0])
  return { archOptions, ramUnitBytes, hole: null, window: { start, end: 2 ** 40 } }
}
