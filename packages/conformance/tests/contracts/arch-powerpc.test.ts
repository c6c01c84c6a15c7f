// The contracts of architecture plugins, on 64-bit powerpc with radix page tables and with the hash page table.
import { ppc64le } from '@memhp/arch-powerpc'
import { MIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws, THOROUGH } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

const BAD_OPTIONS = {
  mmu: ['none', 1],
  pageBytes: [8192, '4096'],
  lmbBytes: [0, 8 * MIB, 24 * MIB],
  hptShift: [18],
  linearPageBytes: [16 * MIB],
}

testArch(ppc64le, {
  runner,
  runs: draws(20),
  title: 'radix',
  badOptions: BAD_OPTIONS,
})

if (THOROUGH)
  testArch(ppc64le, {
    runner,
    runs: draws(20),
    title: 'radix, 4 KiB pages, LMBs of 64 MiB',
    archOptions: { pageBytes: 4096, lmbBytes: 64 * MIB },
  })

testArch(ppc64le, {
  runner,
  runs: draws(20),
  title: 'hash',
  archOptions: { mmu: 'hash', hptResize: false },
})
