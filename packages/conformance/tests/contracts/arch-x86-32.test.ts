// The contracts of architecture plugins, on x86 with 32 bits: with PAE and without, kernels of 2012 and 3.10.
import { x86_32 } from '@memhp/arch-x86'
import { MIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws, THOROUGH } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

testArch(x86_32, {
  runner,
  title: 'PAE',
  description: { kernel: 'v3.10' },
  badOptions: {
    pae: [1, null],
    lowmemBytes: [0, 1000 * MIB, 890 * MIB, '896M'],
    structPageBytes: [16, 36, 72],
  },
  runs: draws(5),
})

// The other kinds: on a desk the first stands for them.
if (THOROUGH) {
  testArch(x86_32, {
    runner,
    title: 'without PAE',
    archOptions: { pae: false },
    description: { kernel: 'v3.10' },
    runs: draws(5),
  })

  testArch(x86_32, {
    runner,
    title: 'the series of 2012, 512 MiB of lowmem',
    archOptions: { lowmemBytes: 512 * MIB },
    description: { kernel: 'rfc9' },
    runs: draws(5),
  })
}
