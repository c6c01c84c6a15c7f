import type { Mutant } from './mutant'

/** The kernel's page tables. */
export const MAPPING_MUTANTS: readonly Mutant[] = [
  {
    id: 'table-counted-twice',
    fault: 'A page table that is freed is counted twice.',
    in: 'clearBelow',
    from: 'count(job.tally.tables, child.level.index)',
    to: 'count(job.tally.tables, child.level.index, 2)',
    tests: ['map-unmap.prop'],
  },
  {
    id: 'direct-map-counted-up',
    fault: 'DirectMap* goes up when leaves go.',
    in: 'unmapFrom',
    from: '{ leaves: change.leaves, sign: -1 }',
    to: '{ leaves: change.leaves, sign: 1 }',
    tests: ['map-unmap.prop'],
  },
  {
    id: 'empty-table-stays',
    fault: 'A page table that has become empty stays.',
    in: 'clearBelow',
    from: "if (request.emptyTables === 'keep' || child.level.permanent) return",
    to: "if (request.emptyTables === 'free' || child.level.permanent) return",
    tests: ['map-unmap.prop'],
  },
  {
    id: 'self-hosted-page-freed',
    fault: 'Pages of a memmap that lies in the memory itself are given to the allocator.',
    in: 'releaseFrames',
    from: "inRange ? 'self-hosted' : 'allocator'",
    to: "inRange ? 'allocator' : 'allocator'",
    tests: ['conformance/arch-x86'],
  },
  {
    id: 'split-maps-one-page-only',
    fault: 'A leaf that is split maps its first page everywhere.',
    in: 'splitEntry',
    from: 'entries.leaf(address + i * level.spanBytes, level.index)',
    to: 'entries.leaf(address, level.index)',
    tests: ['split-leaf'],
  },
  {
    id: 'split-counts-one-leaf',
    fault: 'Splitting a leaf counts one small leaf.',
    in: 'countSplit',
    from: 'count: smaller.entries',
    to: 'count: 1',
    tests: ['split-leaf'],
  },
  {
    id: 'shared-leaf-freed',
    fault: 'A leaf of the vmemmap goes with the first of the sections that share it.',
    in: 'freeableRange',
    from: 'coveredSize(unusedVmemmap, slot) === slotSize(slot)',
    to: 'coveredSize(unusedVmemmap, slot) > 0',
    tests: ['conformance/mapping'],
  },
  {
    id: 'shared-leaf-stays',
    fault: 'A leaf of the vmemmap that sections shared outlives the last of them.',
    in: 'freeableRange',
    from: 'insertInterval(unusedVmemmap, slot.part)',
    to: '',
    tests: ['conformance/mapping'],
  },
]
