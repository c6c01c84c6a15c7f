// The contracts of architecture plugins, on tile: no memory hot-plug, tables that share pages, leaves of 16 MiB.
import { tile } from '@memhp/arch-tile'
import { KIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

testArch(tile, {
  runner,
  title: 'Gx',
  description: { kernel: 'rfc9' },
  badOptions: { chip: ['tile64', 1], pageBytes: [4 * KIB] },
  runs: draws(5),
})

testArch(tile, {
  runner,
  title: 'Gx, 16 KiB pages',
  archOptions: { pageBytes: 16 * KIB },
  description: { kernel: 'v3.10' },
  runs: draws(5),
})

testArch(tile, {
  runner,
  title: 'Pro',
  archOptions: { chip: 'pro' },
  description: { kernel: 'rfc9' },
  runs: draws(5),
})
