import type { FirmwareDialect, Random } from '@memhp/core/plugin'
import { ARCH, SCLP_READING } from './reading'

const MIB = 2 ** 20
const GIB = 2 ** 30

/** Standby memory far above all that a simulation boots with. */
function drawConfig(random: Random): object {
  const sizes = [1, 2, 4, 8].map((blocks) => blocks * 256 * MIB)
  return {
    incrementBytes: random.pick([1, 16, 256]) * MIB,
    standby: random
      .pick([[16], [16, 32]])
      .map((gib) => ({ start: gib * GIB, end: gib * GIB + random.pick(sizes) })),
  }
}

/**
 * Standby memory of s390, for clients. Nothing is removed through it: a block that goes offline gives its storage back and
 * stays.
 */
export const sclpDialect: FirmwareDialect = {
  ...SCLP_READING,
  census: {
    thing: 'storage increments',
    sum: 'storage increments',
    shown: 'together',
    record: null,
    open: () => () => ({ state: null, count: 0 }),
  },
  walk: { archs: [ARCH], drawConfig, requests: [] },
}
