// The contracts of architecture plugins, on s390x: leaves by facility, page tables two to a page, three levels and four.
import { s390x } from '@memhp/arch-s390'
import { MIB, TIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws, THOROUGH } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

testArch(s390x, {
  runner,
  title: 'EDAT1',
  archOptions: { edat: 1 },
  badOptions: {
    edat: [3, '1'],
    sectionBytes: [MIB, 512 * MIB],
    incrementBytes: [0, 3 * MIB],
    maxMemoryBytes: [0, -1, '1G'],
  },
  runs: draws(5),
})

// The other kinds: on a desk the first stands for them.
if (THOROUGH) {
  testArch(s390x, {
    runner,
    title: 'EDAT2, four levels',
    archOptions: { maxMemoryBytes: 4 * TIB },
    runs: draws(5),
  })

  testArch(s390x, {
    runner,
    title: 'kernels of 2012',
    description: { kernel: 'rfc9' },
    runs: draws(5),
  })
}
