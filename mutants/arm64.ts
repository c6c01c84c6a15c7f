import type { Mutant } from './mutant'

/** 64-bit Arm: its tables, and what keeps its memory online. */
export const ARM64_MUTANTS: readonly Mutant[] = [
  {
    id: 'arm64-boot-memory-goes',
    fault: 'Boot memory of arm64 goes offline.',
    in: 'whyKept',
    from: 'holdsBootMemory(machine, { start, end })',
    to: 'false',
    tests: ['boot-memory'],
  },
  {
    id: 'arm64-leaf-is-split',
    fault:
      'Memory of arm64 goes offline although a leaf of the vmemmap has struct pages of other memory.',
    in: 'splitIn',
    from: "splitsLeaf(machine, memmapRange(machine, range)) ? 'vmemmap' : undefined",
    to: 'undefined',
    tests: ['boot-memory'],
  },
  {
    id: 'arm64-memory-from-0',
    fault: 'The linear map of arm64 begins with address 0.',
    in: 'memoryStart',
    from: 'alignDown(lowestOf(ram), GRANULES[pageBytes].startAlignment)',
    to: '0',
    tests: ['arch-arm64/recorded-tables'],
  },
  {
    id: 'arm64-memmap-to-the-end',
    fault: 'The vmemmap of arm64 ends with the last address there is.',
    in: 'virtualLayout',
    from: '2n ** 64n - ABOVE_MEMMAP - memmapBytes',
    to: '2n ** 64n - memmapBytes',
    tests: ['arch-arm64/recorded-tables'],
  },
  {
    id: 'arm64-wide-addresses-cut',
    fault: 'Descriptors of arm64 leave out the upper bits of a wide address.',
    in: 'entryFormat',
    from: 'upperAt === null || upper === 0',
    to: 'true',
    tests: ['arch-arm64/entries'],
  },
  {
    id: 'arm64-blocks-always',
    fault: 'The linear map of arm64 is of blocks where pages can be made read-only one by one.',
    in: 'describeLinearMap',
    from: "takesPool && ['off', 'on'].includes(words.get('rodata') ?? '')",
    to: 'takesPool',
    tests: ['arch-arm64/recorded-tables'],
  },
  {
    id: 'arm64-no-runs-of-blocks',
    fault: 'Blocks of arm64 are never contiguous.',
    in: 'levelsOf',
    from: '[run.pages, run.blocks][levels.length]',
    to: '[run.pages][levels.length]',
    tests: ['arch-arm64/recorded-tables'],
  },
]
