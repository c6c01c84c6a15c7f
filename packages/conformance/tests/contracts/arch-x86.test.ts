// The contracts of architecture plugins, on x86-64.
import { x86_64 } from '@memhp/arch-x86'
import { describe, test } from 'vitest'
import { draws } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

const BAD_OPTIONS = {
  levels: [3, '4', null],
  gbpages: [1],
  structPageBytes: [60, 48, 104, 64.5],
  hypervisor: ['no'],
}

testArch(x86_64, {
  runner,
  runs: draws(20),
  title: 'four levels',
  badOptions: BAD_OPTIONS,
})

testArch(x86_64, {
  runner,
  runs: draws(20),
  title: 'five levels, no 1 GiB leaves, 56 bytes a page',
  archOptions: { levels: 5, gbpages: false, structPageBytes: 56 },
})
