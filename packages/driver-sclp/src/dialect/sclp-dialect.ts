import type { FirmwareDialect, FirmwareWrite, Random, WalkView } from '@memhp/core/plugin'
import { blockFile, STORAGE_DIRECTORY } from '@memhp/kernel-files'
import { INJECTION_POINTS } from './injection-points'
import { ARCH, SCLP_READING } from './reading'

const MIB = 2 ** 20
const GIB = 2 ** 30

/** Whether standby memory has blocks from boot, and needs not be configured. */
const isThere = ({ names }: WalkView): boolean => names(STORAGE_DIRECTORY).length === 0

/** Configures the last of the memory that may be. */
function configure({ names }: WalkView): FirmwareWrite {
  const numbers = names(STORAGE_DIRECTORY).flatMap((name) => /^memory(\d+)$/.exec(name)?.[1] ?? [])
  const last = Math.max(...numbers.map(Number))
  return { path: `${STORAGE_DIRECTORY}/memory${last}/config`, text: '1' }
}

/** A write to the state of the highest block. */
const writeState =
  (text: string) =>
  ({ blocks }: WalkView): FirmwareWrite => ({ path: blockFile(Math.max(...blocks), 'state'), text })

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
  walk: {
    archs: [ARCH],
    drawConfig,
    requests: [],
    sweep: {
      archs: [ARCH],
      config: (ramEnd) => ({ standby: [{ start: ramEnd, end: ramEnd + 512 * MIB }] }),
      points: INJECTION_POINTS,
      operations: [
        {
          name: 'standby memory comes online',
          has: isThere,
          from: 'empty',
          by: writeState('online'),
        },
        {
          name: 'standby memory goes offline',
          has: isThere,
          from: 'online',
          by: writeState('offline'),
        },
        {
          name: 'standby memory is configured',
          has: (view) => !isThere(view),
          from: 'empty',
          by: configure,
        },
      ],
    },
  },
}
