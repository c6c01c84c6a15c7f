// The contracts of architecture plugins, on sparc64: no memory hot-plug, translations without tables, a flat table for the memmap.
import { sparc64 } from '@memhp/arch-sparc'
import { GIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }
const ram = [{ start: 0, end: 3 * GIB, node: 0 }]

testArch(sparc64, {
  runner,
  title: 'sun4v',
  badOptions: { cpu: ['sun4m', 4] },
  description: { ram },
  runs: draws(5),
})

testArch(sparc64, {
  runner,
  title: 'sun4u',
  archOptions: { cpu: 'sun4u' },
  description: { ram },
  runs: draws(5),
})
