import { GIB, MIB } from '@memhp/core'
import type { DrawnArch, Random } from '@memhp/core/plugin'

/** Below 4 GiB firmware keeps addresses for devices, which begin at one of these. Bytes. */
const HOLE_STARTS = [GIB, 2 * GIB, 3 * GIB]

/** Page tables of any kind, blocks of one or more sections, and the hole for devices below 4 GiB. */
export function drawX86(random: Random): DrawnArch {
  const hole = { start: random.pick(HOLE_STARTS), end: 4 * GIB }
  const archOptions = {
    levels: random.pick([4, 4, 5]),
    gbpages: random.percent(70),
    structPageBytes: random.pick([64, 64, 64, 56, 72]),
  }
  const isLarge = random.percent(30)
  const blockSizeBytes = random.pick([128, 256, 512, 1024]) * MIB
  return { archOptions, ramUnitBytes: null, hole, ...(isLarge ? { blockSizeBytes } : {}) }
}
