import { type Mutant, mutantsOf } from './mutant'

/** The kernel's page tables. */
export const MAPPING_MUTANTS: readonly Mutant[] = mutantsOf('packages/core', [
  {
    id: 'table-counted-twice',
    fault: 'A page table that is freed is counted twice.',
    file: 'mapping/unmap-range.ts',
    from: 'count(job.tally.tables, child.level.index)',
    to: 'count(job.tally.tables, child.level.index, 2)',
    tests: ['map and unmap'],
  },
  {
    id: 'direct-map-counted-up',
    fault: 'DirectMap* goes up when leaves go.',
    file: 'mapping/unmap-range.ts',
    from: '{ leaves, sign: -1 }',
    to: '{ leaves, sign: 1 }',
    tests: ['map and unmap'],
  },
  {
    id: 'empty-table-stays',
    fault: 'A page table that has become empty stays.',
    file: 'mapping/unmap-range.ts',
    from: "if (request.emptyTables === 'keep' || child.level.permanent) return",
    to: "if (request.emptyTables === 'free' || child.level.permanent) return",
    tests: ['map and unmap'],
  },
  {
    id: 'self-hosted-page-freed',
    fault: 'Pages of a memmap that lies in the memory itself are given to the allocator.',
    file: 'mapping/unmap-range.ts',
    from: "inRange ? 'self-hosted' : 'allocator'",
    to: "inRange ? 'allocator' : 'allocator'",
    tests: ['arch-x86 contracts'],
  },
  {
    id: 'split-maps-one-page-only',
    fault: 'A leaf that is split maps its first page everywhere.',
    file: 'mapping/split-leaf.ts',
    from: 'entries.leaf(address + i * level.spanBytes, level.index)',
    to: 'entries.leaf(address, level.index)',
    tests: ['split leaf'],
  },
  {
    id: 'split-counts-one-leaf',
    fault: 'Splitting a leaf counts one small leaf.',
    file: 'mapping/split-leaf.ts',
    from: 'count: smaller.entries',
    to: 'count: 1',
    tests: ['split leaf'],
  },
  {
    id: 'shared-leaf-freed',
    fault: 'A leaf of the vmemmap goes with the first of the sections that share it.',
    file: 'mapping/vmemmap-free.ts',
    from: 'coveredSize(unusedVmemmap, slot) === slotSize(slot) ? slot',
    to: 'coveredSize(unusedVmemmap, slot) > 0 ? slot',
    tests: ['mapping'],
  },
  {
    id: 'shared-leaf-stays',
    fault: 'A leaf of the vmemmap that sections shared outlives the last of them.',
    file: 'mapping/vmemmap-free.ts',
    from: '  insertInterval(unusedVmemmap, slot.part)\n',
    to: '',
    tests: ['mapping'],
  },
])
