// The contracts of architecture plugins, on LoongArch: a window over memory, a memmap that is never freed, pages of three sizes.
import { loongarch64 } from '@memhp/arch-loongarch'
import { describe, test } from 'vitest'
import { draws, THOROUGH } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

/** A kernel with a vmemmap, which leaves blocks offline. */
const description = { kernel: 'v7.2', cmdline: 'memhp_default_state=offline' }

testArch(loongarch64, {
  runner,
  title: '16 KiB pages',
  description,
  badOptions: { pageBytes: [8192, '16384'], levels: [3] },
  runs: draws(5),
})

// The other kinds: on a desk the first stands for them.
if (THOROUGH) {
  testArch(loongarch64, {
    runner,
    title: '4 KiB pages',
    archOptions: { pageBytes: 4096 },
    description,
    runs: draws(5),
  })

  testArch(loongarch64, {
    runner,
    title: '64 KiB pages',
    archOptions: { pageBytes: 65_536 },
    description,
    runs: draws(5),
  })

  testArch(loongarch64, { runner, title: 'struct pages for each section', runs: draws(5) })
}
