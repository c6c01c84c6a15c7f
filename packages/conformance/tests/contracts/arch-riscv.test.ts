// The contracts of architecture plugins, on RISC-V: three, four and five levels, whose second tables come at boot.
import { riscv64 } from '@memhp/arch-riscv'
import { GIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws, THOROUGH } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }

/** A kernel that has it, and leaves blocks offline. */
const kernel = { kernel: 'v7.2', cmdline: 'memhp_default_state=offline' }

testArch(riscv64, {
  runner,
  title: 'sv57',
  description: kernel,
  badOptions: { mode: ['sv32', 57], levels: [5] },
  runs: draws(5),
})

// The other kinds: on a desk the first stands for them.
if (THOROUGH) {
  testArch(riscv64, {
    runner,
    title: 'sv48, memory from 2 GiB on',
    archOptions: { mode: 'sv48' },
    description: { ...kernel, ram: [{ start: 2 * GIB, end: 4 * GIB, node: 0 }] },
    runs: draws(5),
  })

  testArch(riscv64, {
    runner,
    title: 'sv39',
    archOptions: { mode: 'sv39' },
    description: kernel,
    runs: draws(5),
  })
}
