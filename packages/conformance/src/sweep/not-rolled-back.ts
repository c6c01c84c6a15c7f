import type { MemoryBlock } from '@memhp/core'

/** What `canonicalMemory` gives: everything that a fingerprint covers, as plain data. */
export type CanonicalMemory = Readonly<Record<string, unknown>>

/** Something that a failed operation leaves changed, because the kernel does. */
export interface NotRolledBack {
  /** `moved-pages`. */
  readonly id: string
  /** One sentence: what is left. */
  readonly text: string
  readonly reason: string
  /** Where the kernel does so. */
  readonly source: string
  /**
   * The same memory without what may have changed: two such pictures, from before and after a failed operation, are
   * equal. Absent where the fingerprint does not cover it.
   */
  readonly without?: (memory: CanonicalMemory) => CanonicalMemory
}

const record = (value: unknown): CanonicalMemory => value as CanonicalMemory
const list = (value: unknown): readonly CanonicalMemory[] => value as readonly CanonicalMemory[]

/** The memory with some of the entries of each zone left out. */
const withoutOfZones = (memory: CanonicalMemory, names: readonly string[]): CanonicalMemory => ({
  ...memory,
  zones: list(memory.zones).map((zone) =>
    Object.fromEntries(Object.entries(zone).filter(([name]) => !names.includes(name))),
  ),
})

const withoutKeys = (memory: CanonicalMemory, names: readonly string[]): CanonicalMemory =>
  Object.fromEntries(Object.entries(memory).filter(([name]) => !names.includes(name)))

const withoutStoredTypes = (memory: CanonicalMemory): CanonicalMemory => {
  const blocks = record(memory.blocks)
  const changed = (blocks.changed as readonly MemoryBlock[]).map((block) => ({
    ...block,
    pendingType: '',
  }))
  return { ...memory, blocks: { ...blocks, changed } }
}

const ZONE_COUNTS = [
  'startPfn',
  'spannedPages',
  'presentPages',
  'managedPages',
  'online',
  'freePages',
]

/** Every exception to "a failed operation leaves the machine as it was". docs/not-rolled-back.md shows it. */
export const NOT_ROLLED_BACK: readonly NotRolledBack[] = [
  {
    id: 'moved-pages',
    text: 'Pages that left the range before offlining failed stay where they went, and free huge pages stay dissolved.',
    reason: 'Nothing is gained by moving them back, and there may be no room.',
    source: 'offline_pages, mm/memory_hotplug.c 6.1; spec 4.2',
    without: (memory) =>
      withoutOfZones(withoutKeys(memory, ['sections', 'allocations', 'hugePools']), ['freePages']),
  },
  {
    id: 'pageblock-types',
    text: 'Pageblocks of a range that was isolated are of type Movable afterwards, whatever they were.',
    reason: 'The type is not kept while a pageblock is isolated.',
    source: 'undo_isolate_page_range, mm/page_isolation.c 6.1; spec 4.2',
  },
  {
    id: 'per-cpu-lists',
    text: 'Pages of per-CPU lists are back in the free lists of their zone, and chunks have joined.',
    reason: 'The lists are drained before isolation and fill again by use.',
    source: 'zone_pcp_disable, mm/page_alloc.c 6.1; spec 4.2',
  },
  {
    id: 'stored-online-type',
    text: 'The type that a write to state stored in a block stays after a refused write, and is gone after an attempt.',
    reason: 'It is stored before anybody knows whether the block can be brought online.',
    source: 'state_store and memory_subsys_online, drivers/base/memory.c 6.1; spec 1.2.1',
    without: withoutStoredTypes,
  },
  {
    id: 'failed-add-on-x86',
    text: 'The direct map of a range whose sections could not be added stays, and so do sections before the one that failed.',
    reason: 'The kernel only warns. Adding the same range later meets the sections: EEXIST.',
    source: 'add_pages, arch/x86/mm/init_64.c, and __add_pages, mm/memory_hotplug.c 6.1; spec 2.5',
    without: (memory) => withoutOfZones(withoutKeys(memory, ['sections', 'arch']), ['freePages']),
  },
  {
    id: 'failed-add-on-powerpc',
    text: 'Sections of a range that were added before the one that failed stay; the linear mapping does not.',
    reason: 'Only the mapping is undone. Adding the same range later meets the sections: EEXIST.',
    source:
      'arch_add_memory, arch/powerpc/mm/mem.c, and __add_pages, mm/memory_hotplug.c 6.1; spec 2.5',
    without: (memory) => withoutOfZones(withoutKeys(memory, ['sections', 'arch']), ['freePages']),
  },
  {
    id: 'empty-top-tables',
    text: 'A table of the level below the top stays linked when a failed add has emptied it again.',
    reason: 'On x86 the kernel frees no PUD table with four levels (no P4D table with five).',
    source: 'remove_p4d_table, arch/x86/mm/init_64.c 6.1; spec 5.4',
    without: (memory) => withoutOfZones(withoutKeys(memory, ['sections', 'arch']), ['freePages']),
  },
  {
    id: 'zone-after-failed-eject',
    text: 'Blocks that a failed ejection took offline come back by the default policy, maybe into another zone.',
    reason: 'The ejection remembers that a block was online, not where.',
    source: 'acpi_scan_offline_check, drivers/acpi/scan.c 6.1; spec 6.1.4',
    without: (memory) =>
      withoutOfZones(withoutKeys(memory, ['sections', 'blocks', 'nodes', 'groups']), [
        ...ZONE_COUNTS,
        'free',
      ]),
  },
  {
    id: 'half-removed-device',
    text: 'When the kernel finds, past offlining, that it cannot remove the memory of a device, the blocks stay offline.',
    reason:
      'The real kernel stops there with a BUG; the model refuses and leaves the device bound.',
    source: '__remove_memory, mm/memory_hotplug.c 6.1; spec 5.1',
    without: (memory) =>
      withoutOfZones(
        withoutKeys(memory, ['sections', 'blocks', 'nodes', 'groups', 'totalManagedPages']),
        [...ZONE_COUNTS, 'free'],
      ),
  },
  {
    id: 'firmware-map-numbers',
    text: 'Numbers of the firmware map are used once: adding and removing a range leaves the next number larger.',
    reason: 'The directories are counted, not searched for a free number.',
    source: 'add_sysfs_fw_map_entry, drivers/firmware/memmap.c 6.1; spec 1.4',
    without: (memory) => ({
      ...memory,
      firmwareMap: { ...record(memory.firmwareMap), nextIndex: 0 },
    }),
  },
  {
    id: 'journal',
    text: 'Uevents, log lines, notices and what the platform was told are not taken back.',
    reason: 'They have been received already.',
    source: 'spec 1.8',
  },
]
