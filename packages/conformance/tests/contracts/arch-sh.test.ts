// The contracts of architecture plugins, on SuperH: segments without tables, struct pages for each section alone.
import { sh } from '@memhp/arch-sh'
import { GIB, KIB, MIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

testArch(sh, {
  runner,
  title: '29 bits',
  badOptions: {
    pageBytes: [16 * KIB, '4K'],
    addressing: ['31-bit', 29],
    hugePageBytes: [4 * KIB, 2 * MIB],
  },
  description: { kernel: 'rfc9', ram: [{ start: 0, end: 128 * MIB, node: 0 }] },
  runs: draws(5),
})

testArch(sh, {
  runner,
  title: 'privileged mapping buffer, 64 KiB pages',
  archOptions: { addressing: 'pmb', pageBytes: 64 * KIB, hugePageBytes: MIB },
  description: { kernel: 'v3.10', ram: [{ start: GIB, end: GIB + 256 * MIB, node: 0 }] },
  runs: draws(5),
})
