import {
  alignDown,
  alignUp,
  GIB,
  HotplugError,
  KIB,
  type Machine,
  type MachineDescription,
  MIB,
  type PhysRange,
  type Range,
  rangeSize,
} from '@memhp/core'
import {
  type ArchParts,
  coveredSize,
  insertInterval,
  type LeafCounter,
  NO_CHANGE,
  type RegionChange,
  removeInterval,
} from '@memhp/core/plugin'
import type { PowerpcOptions } from '../options'
import { type HashRegion, hashShape } from './address'
import { tryBaselinePair } from './baseline-groups'
import { boltPages, enterChanges, hasRoomForAll, unboltPages } from './changes'
import { checkHashTable } from './check'
import { ENTRIES_PER_GROUP } from './entries'
import { listEntries } from './list-entries'
import { resizeForMemory, targetShift } from './resize'
import { groupCount, HASH, type HashState, newHashState, noteHighest, resetBaseline } from './state'
import { type HashTable, hashedPage } from './table'
import { freeMemmap, listBootMemmap, populateMemmap } from './vmemmap-list'

/** The parts of an arch that a hash page table takes the place of. */
type HashParts = Pick<ArchParts, 'mapping' | 'slots' | 'boot' | 'entries' | 'check'>

/** Page sizes of the linear mapping in the order of /proc/meminfo. Source: recordings of 7.2.13. */
const HASH_COUNTERS: readonly LeafCounter[] = [
  { sizeBytes: 4 * KIB, counter: 'DirectMap4k' },
  { sizeBytes: 64 * KIB, counter: 'DirectMap64k' },
  { sizeBytes: 16 * MIB, counter: 'DirectMap16M' },
  { sizeBytes: 16 * GIB, counter: 'DirectMap16G' },
]

/**
 * The hash page table. The kernel has no separate tables for the linear mapping and the vmemmap, only entries
 * that are bolted, one for each page.
 * Source: arch/powerpc/mm/book3s64/hash_utils.c 6.1; series, 5.3.
 */
export function hashParts(options: PowerpcOptions): HashParts {
  const table = (machine: Machine): HashTable => hashTable(machine, options)
  const { linear, vmemmap } = hashShape(options, 0)
  return {
    mapping: {
      direct: {
        kind: 'hash',
        base: linear.base,
        counters: HASH_COUNTERS,
        mapped: (machine) => ({
          bytes: linearBytes(HASH.of(machine)),
          pageBytes: linear.pageBytes,
        }),
        map: (machine, range) => boltRange(machine, options, range),
        unmap: (machine, range) => unboltRange(machine, options, range),
      },
      vmemmap: {
        kind: 'hash',
        base: vmemmap.base,
        populate: (machine, section) => populateMemmap(machine, table(machine), section),
        free: (machine, section) => freeMemmap(machine, table(machine), section),
      },
    },
    slots: [{ ...HASH, fields: fieldsOf(table) }],
    boot: (machine) => bootHash(machine, options),
    entries: (machine, range) => listEntries(machine, table(machine), range),
    check: (machine, mapped) => checkHashTable(machine, table(machine), mapped),
  }
}

/** The groups count, entered as far as they are listed. */
const fieldsOf = (table: (machine: Machine) => HashTable): NonNullable<typeof HASH.fields> => ({
  shift: 'counts',
  bootBytes: 'counts',
  linear: 'counts',
  bootVmemmap: 'counts',
  vmemmap: 'counts',
  baseline: 'counts',
  groups(groups, machine) {
    enterChanges(table(machine))
    return groups
  },
  changes: 'ignored',
  highest: 'ignored',
})

/** The table of a machine. Make it anew for each operation: `machine.state` may have been replaced. */
export function hashTable(machine: Machine, options: PowerpcOptions): HashTable {
  const state = HASH.of(machine)
  return { state, shape: hashShape(options, state.bootBytes) }
}

function bootHash(machine: Machine, options: PowerpcOptions): void {
  const { description } = machine
  const bootBytes = bootMemoryBytes(description)
  const shift = options.hptShift ?? targetShift(bootBytes, options.pageBytes) + 1
  HASH.put(machine, newHashState({ shift, bootBytes }))
  const table = hashTable(machine, options)
  const { pageBytes } = table.shape.linear
  for (const range of description.ram) {
    const start = alignDown(range.start, pageBytes)
    insertInterval(table.state.linear, { start, end: alignUp(range.end, pageBytes) })
    listBootMemmap(machine, table, range)
  }
  noteHighest(table.state)
  resetBaseline(table.state)
  refuseTooSmall(table)
}

const bootMemoryBytes = (description: MachineDescription): number =>
  description.ram.reduce((sum, range) => sum + range.end - range.start, 0)

/** Tables of up to this many groups are tried out at boot, group by group, where a group may be too full. */
const TRIED_GROUPS = 2 ** 14

/** The kernel does not boot with a table that cannot hold its own mapping. */
function refuseTooSmall(table: HashTable): void {
  const { shape, state } = table
  const groups = groupCount(state)
  const pages =
    bytesOf(state.linear.ranges) / shape.linear.pageBytes +
    bytesOf(state.bootVmemmap.ranges) / shape.vmemmap.pageBytes
  if (pages > groups * ENTRIES_PER_GROUP) refuseTable({ groups, pages })
  if (hasRoomForAll(table) || groups > TRIED_GROUPS) return
  for (let group = 0; group < groups / 2; group++) {
    if (tryBaselinePair(table, group) === undefined) refuseTable({ groups, pages })
  }
}

function refuseTable(detail: { readonly groups: number; readonly pages: number }): never {
  throw new HotplugError(
    'BAD_DESCRIPTION',
    'EINVAL',
    `archOptions.hptShift: ${detail.groups} groups cannot hold ${detail.pages} pages of boot memory.`,
    { detail: { place: 'archOptions.hptShift', ...detail } },
  )
}

/** Bytes that ranges cover. */
const bytesOf = (ranges: readonly Range[]): number =>
  ranges.reduce((sum, range) => sum + rangeSize(range), 0)

const linearBytes = (state: HashState): number => bytesOf(state.linear.ranges)

/**
 * hash__create_section_mapping: makes the table larger if need be, then bolts the range page by page.
 * @throws HotplugError MAPPING_FAILED (EFAULT) where a page finds no room; the range is unbolted then, the size stays
 */
function boltRange(machine: Machine, options: PowerpcOptions, range: PhysRange): RegionChange {
  const memoryBytes = linearBytes(HASH.of(machine)) + rangeSize(range)
  resizeForMemory(machine, { options, memoryBytes })
  const table = hashTable(machine, options)
  const region = table.shape.linear
  const { start } = range
  const full = boltPages(table, { region, start, end: range.end, address: start })
  if (full !== undefined) {
    unboltPages(table, { region, start, end: full })
    throw new HotplugError('MAPPING_FAILED', 'EFAULT', 'Both groups of a page are full.', {
      detail: {
        address: full,
        group: hashedPage(table, { region, offset: full, address: full }).group,
      },
    })
  }
  insertInterval(table.state.linear, range)
  return entriesChanged(region, rangeSize(range) / region.pageBytes)
}

/** hash__remove_section_mapping: unbolts the range, then makes the table smaller if it is far too large. */
function unboltRange(machine: Machine, options: PowerpcOptions, range: PhysRange): RegionChange {
  const table = hashTable(machine, options)
  const region = table.shape.linear
  const memoryBytes = linearBytes(table.state)
  const gone = coveredSize(table.state.linear, range) / region.pageBytes
  unboltPages(table, { region, ...range })
  removeInterval(table.state.linear, range)
  // The range still counts: memblock forgets it after arch_remove_memory.
  resizeForMemory(machine, { options, memoryBytes })
  return entriesChanged(region, gone)
}

const entriesChanged = ({ pageBytes }: HashRegion, count: number): RegionChange => ({
  ...NO_CHANGE,
  leaves: count === 0 ? [] : [{ leafBytes: pageBytes, count }],
})
