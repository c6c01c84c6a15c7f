import { GIB, MIB } from '@memhp/core'
import type { DrawnArch, Random } from '@memhp/core/plugin'

/** Pages of any size, with 52 and 48 bits, a linear map of pages or of blocks; boot memory of whole sections from 1 GiB on or from 0. */
export function drawArm64(random: Random): DrawnArch {
  const pageBytes = random.pick([4096, 4096, 16_384, 65_536])
  const archOptions = {
    pageBytes,
    addressBits: random.pick([52, 52, 48]),
    linearMap: random.pick(['pages', 'pages', 'blocks']),
  }
  const ramUnitBytes = (pageBytes === 65_536 ? 512 : 128) * MIB
  const start = random.pick([GIB, GIB, 0])
  return { archOptions, ramUnitBytes, hole: null, window: { start, end: 2 ** 40 } }
}
