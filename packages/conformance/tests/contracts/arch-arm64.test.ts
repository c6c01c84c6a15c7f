// The contracts of architecture plugins, on arm64: pages of three sizes, blocks and contiguous runs, 48 and 52 bits.
import { aarch64 } from '@memhp/arch-arm64'
import { GIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws, THOROUGH } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

testArch(aarch64, {
  runner,
  title: '4 KiB pages',
  badOptions: {
    pageBytes: [8192, '4096'],
    addressBits: [47, '52'],
    linearMap: ['leaves', true],
  },
  runs: draws(5),
})

// The other kinds: on a desk the first stands for them.
if (THOROUGH) {
  testArch(aarch64, {
    runner,
    title: 'blocks and contiguous runs',
    archOptions: { linearMap: 'blocks' },
    runs: draws(5),
  })

  testArch(aarch64, {
    runner,
    title: '48 bits',
    archOptions: { addressBits: 48, linearMap: 'blocks' },
    runs: draws(5),
  })

  testArch(aarch64, {
    runner,
    title: '16 KiB pages, blocks',
    archOptions: { pageBytes: 16_384, linearMap: 'blocks' },
    runs: draws(5),
  })

  testArch(aarch64, {
    runner,
    title: '64 KiB pages, memory from 1 GiB on',
    archOptions: { pageBytes: 65_536 },
    description: { ram: [{ start: GIB, end: 5 * GIB, node: 0 }] },
    runs: draws(5),
  })
}
