// The contracts of architecture plugins, on our own.
import { findBolted, ppc64le } from '@memhp/arch-powerpc'
import { x86_64 } from '@memhp/arch-x86'
import { MIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { testArch } from '../src/contracts/index'

const runner = { describe, test }

const X86_BAD = {
  levels: [3, '4', null],
  gbpages: [1],
  structPageBytes: [60, 48, 104, 64.5],
  hypervisor: ['no'],
}

testArch(x86_64, {
  runner,
  title: 'four levels',
  badOptions: X86_BAD,
  failedAddLeaves: ['failed-add-on-x86'],
})

testArch(x86_64, {
  runner,
  title: 'five levels, no 1 GiB leaves, 56 bytes a page',
  archOptions: { levels: 5, gbpages: false, structPageBytes: 56 },
  failedAddLeaves: ['failed-add-on-x86'],
})

const POWERPC_BAD = {
  mmu: ['none', 1],
  pageBytes: [8192, '4096'],
  lmbBytes: [0, 8 * MIB, 24 * MIB],
  hptShift: [18],
  linearPageBytes: [16 * MIB],
}

testArch(ppc64le, {
  runner,
  title: 'radix',
  badOptions: POWERPC_BAD,
  failedAddLeaves: ['failed-add-on-powerpc'],
})

testArch(ppc64le, {
  runner,
  title: 'radix, 4 KiB pages, LMBs of 64 MiB',
  archOptions: { pageBytes: 4096, lmbBytes: 64 * MIB },
  failedAddLeaves: ['failed-add-on-powerpc'],
})

testArch(ppc64le, {
  runner,
  title: 'hash',
  archOptions: { mmu: 'hash', hptResize: false },
  failedAddLeaves: ['failed-add-on-powerpc'],
  isMapped: (machine, address) =>
    findBolted(machine, 0xc000_0000_0000_0000n + BigInt(address)) !== undefined,
})
