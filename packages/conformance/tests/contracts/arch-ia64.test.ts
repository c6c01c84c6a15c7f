// The contracts of architecture plugins, on ia64: struct pages that are never freed, page sizes, memory models.
import { ia64 } from '@memhp/arch-ia64'
import { GIB, KIB } from '@memhp/core'
import { describe, test } from 'vitest'
import { draws, THOROUGH } from '../../../../tests/thorough'
import { testArch } from '../../src/contracts/index'

const runner = { describe, test }
const ram = [{ start: 0, end: 2 * GIB, node: 0 }]

testArch(ia64, {
  runner,
  title: '64 KiB pages',
  archOptions: { pageBytes: 64 * KIB },
  badOptions: {
    pageBytes: [32 * KIB, '16K'],
    levels: [2, 5],
    granuleBytes: [GIB],
    hugePages: ['yes'],
    memmap: ['flat'],
  },
  description: { ram: [{ start: 0, end: 8 * GIB, node: 0 }] },
  runs: draws(5),
})

// Struct pages in 256 base pages a section, and the other memory models: too much for a desk.
if (THOROUGH) {
  testArch(ia64, { runner, title: '16 KiB pages', description: { ram }, runs: draws(2) })

  testArch(ia64, {
    runner,
    title: 'SPARSEMEM',
    archOptions: { memmap: 'sparse' },
    description: { ram },
    runs: draws(5),
  })

  testArch(ia64, {
    runner,
    title: 'DISCONTIGMEM',
    archOptions: { memmap: 'virtual' },
    // So much that a block without memory of the kernel can go offline.
    description: { ram: [{ start: 0, end: 8 * GIB, node: 0 }] },
    runs: draws(5),
  })

  testArch(ia64, {
    runner,
    title: 'FLATMEM',
    archOptions: { memmap: 'contiguous' },
    // So much that a block without memory of the kernel can go offline.
    description: { ram: [{ start: 0, end: 8 * GIB, node: 0 }] },
    runs: draws(5),
  })
}
