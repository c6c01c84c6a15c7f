import type { Errno, GenerationRules } from '@memhp/core'
import type { Arch } from '@memhp/core/plugin'
import {
  type CanonicalMemory,
  record,
  withoutAdded,
  withoutBinding,
  withoutKeys,
  withoutMappings,
  withoutMoves,
  withoutOfDrivers,
  withoutOfZones,
  withoutOnline,
  withoutOrderInTables,
  withoutPoison,
  withoutStoredTypes,
  ZONE_COUNTS,
} from './masks'

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
  /** Kernels that leave it, by their rules, and architectures; default: all. */
  readonly when?: (rules: GenerationRules, arch: Arch) => boolean
  /** `firmware`: only operations that firmware begins leave it; default: all. */
  readonly by?: 'firmware'
  /** The operations that leave it, by their names; default: all. */
  readonly operations?: readonly string[]
  /** What the same operation may answer when it is asked for again; absent where it succeeds. */
  readonly again?: readonly Errno[]
}

/** Every exception to "a failed operation leaves the machine as it was". docs/not-rolled-back.md shows it. */
export const NOT_ROLLED_BACK: readonly NotRolledBack[] = [
  {
    id: 'moved-pages',
    text: 'Pages that left the range before offlining failed stay where they went, and free huge pages stay dissolved.',
    reason: 'Nothing is gained by moving them back, and there may be no room.',
    source: 'offline_pages, mm/memory_hotplug.c 6.1; spec 4.2',
    without: withoutMoves,
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
    id: 'initialised-zone',
    text: 'A zone that had no memory counts as initialised when memory that joined it has left again.',
    reason: 'Its tables are made for the first pages, and stay.',
    source: 'ensure_zone_is_initialized, mm/memory_hotplug.c 3.10',
    when: ({ zones }) => zones.joins === 'added',
    without: (memory) => withoutOfZones(memory, ['isInitialised']),
  },
  {
    id: 'moved-zone-edge',
    text: 'A block that was to come online in the neighbouring zone belongs to that one, offline as it is.',
    reason: 'The boundary of the zones is moved first, and not moved back.',
    source: 'online_pages and move_pfn_range_right, mm/memory_hotplug.c 3.10',
    when: ({ zones }) => zones.edge === 'moves',
    without: (memory) =>
      withoutOfZones(withoutKeys(memory, ['sections']), [
        'isInitialised',
        'startPfn',
        'spannedPages',
      ]),
  },
  {
    id: 'kept-tables',
    text: 'Page tables of a range that was mapped for a moment stay linked, empty.',
    reason: 'No page table is ever freed (D21).',
    source: 'series of 2012, patch 12',
    when: ({ mapping }) => mapping.emptyTables === 'keep',
    without: withoutMappings,
  },
  {
    id: 'failed-add-keeps-direct-map',
    text: 'The direct map of a range whose sections could not be added stays, and so do sections before the one that failed.',
    reason: 'The kernel only warns. Adding the same range later meets the sections: EEXIST.',
    source: 'add_pages, arch/x86/mm/init_64.c, and __add_pages, mm/memory_hotplug.c 6.1; spec 2.5',
    when: (_, { failedAddLeaves }) => failedAddLeaves.includes('direct map'),
    again: ['EEXIST'],
    without: withoutAdded,
  },
  {
    id: 'failed-add-keeps-sections',
    text: 'Sections of a range that were added before the one that failed stay; the linear mapping does not.',
    reason: 'Only the mapping is undone. Adding the same range later meets the sections: EEXIST.',
    source:
      'arch_add_memory, arch/powerpc/mm/mem.c, and __add_pages, mm/memory_hotplug.c 6.1; spec 2.5',
    when: (_, { failedAddLeaves }) => failedAddLeaves.join() === 'earlier sections',
    again: ['EEXIST'],
    without: withoutAdded,
  },
  {
    id: 'kept-memmap',
    text: 'Struct pages of memory that was added for a moment stay mapped.',
    reason: 'The architecture never frees them.',
    source: 'vmemmap_free, arch/ia64/mm/discontig.c 6.1',
    when: (_, { memmap }) => memmap.freed === 'never',
    without: withoutMappings,
  },
  {
    id: 'empty-top-tables',
    text: 'A table of the level below the top stays linked when a failed add has emptied it again.',
    reason: 'The kernel frees no PUD table with four levels (no P4D table with five).',
    source: 'remove_p4d_table, arch/x86/mm/init_64.c 6.1; spec 5.4',
    without: withoutMappings,
  },
  {
    id: 'zone-after-failed-eject',
    text: 'Blocks that a failed ejection took offline come back by the default policy, maybe into another zone.',
    reason: 'The ejection remembers that a block was online, not where.',
    source: 'acpi_scan_offline_check, drivers/acpi/scan.c 6.1; spec 6.1.4',
    when: ({ eject }) => eject.reonlines === 'yes',
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
    by: 'firmware',
    when: ({ eject }) => eject.reonlines === 'yes',
    without: withoutOnline,
  },
  {
    id: 'offline-after-failed-eject',
    text: 'Blocks that a failed ejection took offline stay offline.',
    reason: 'The kernel does not remember which of them were online.',
    source: 'acpi_memory_device_remove_memory, series of 2012, patch 04, and Linux 3.10',
    by: 'firmware',
    when: ({ eject }) => eject.reonlines === 'no',
    without: withoutOnline,
  },
  {
    id: 'device-without-memory',
    text: 'The kernel knows a device, by its number or as enumerated, and has none of its memory.',
    reason:
      'The device is listed before its memory is looked at, and a device that is not ready is not a failure.',
    source: 'acpi_memory_device_add, drivers/acpi/acpi_memhotplug.c 6.1',
    without: (memory) =>
      withoutOfDrivers(memory, ['enumerated', 'isListed', 'name', 'nextNumber', 'power']),
  },
  {
    id: 'claimed-memory',
    text: 'A device whose memory is not in the machine counts as enabled, and has a memory group.',
    reason:
      'EEXIST, the answer to a line that is not to be had in /proc/iomem, is taken for memory that was added before.',
    source: 'acpi_memory_enable_device, drivers/acpi/acpi_memhotplug.c 6.1',
    without: (memory) =>
      withoutOfDrivers(withoutKeys(memory, ['groups']), ['memory', 'enumerated']),
  },
  {
    id: 'pulled-out',
    text: 'A device is ejected although its memory could not be removed; the memory stays, and belongs to none (D18).',
    reason: 'The bus is not told that the driver failed.',
    source: 'acpi_bus_trim and acpi_bus_hot_remove_device, drivers/acpi/scan.c 3.10',
    when: ({ device }) => device.failedRemoval === 'ejected',
    without: (memory) => withoutBinding(withoutOfDrivers(memory, ['isListed', 'slot', 'dimms'])),
    again: ['ENODEV', 'ENOENT'],
  },
  {
    id: 'held-connector',
    text: 'The connector of memory that could not be added stays configured: adding it again is refused (EPERM).',
    reason: 'The platform lets only that go which it has asked for.',
    source: 'dlpar_release_drc, arch/powerpc/platforms/pseries/dlpar.c 6.1; hw/ppc/spapr_drc.c',
    without: (memory) => withoutOfDrivers(memory, ['connectors']),
    again: ['EPERM', 'EINVAL'],
  },
  {
    id: 'struct-pages-elsewhere',
    text: 'Struct pages of LMBs that were removed and are added again lie in other pages than before.',
    reason: 'What was freed last is allocated first.',
    source: 'dlpar_memory_remove_by_count, arch/powerpc/platforms/pseries/hotplug-memory.c 6.1',
    operations: [
      'firmware asks for a device',
      'LMBs are removed by count',
      'LMBs are removed by count from one on',
    ],
    without: withoutOrderInTables,
  },
  {
    id: 'hosting-memory-stays',
    text: 'An LMB that was added before one that failed stays where the sections which that one left have their struct pages in it.',
    reason:
      'Struct pages cannot move, so that taking the LMB back is refused, of which only the log tells.',
    source: 'dlpar_memory_add_by_count, arch/powerpc/platforms/pseries/hotplug-memory.c 6.1',
    operations: ['LMBs are added by count', 'a device is plugged'],
    when: (_, { failedAddLeaves }) => failedAddLeaves.join() === 'earlier sections',
    without: (memory) =>
      withoutOfDrivers(
        withoutOfZones(withoutKeys(withoutOnline(memory), ['arch', 'resources']), [
          'isInitialised',
        ]),
        ['connectors', 'lmbs'],
      ),
    // Fewer LMBs are left than are asked for.
    again: ['EINVAL'],
  },
  {
    id: 'stuck-memory',
    text: 'kmem is unbound from a device whose memory could not be removed; the memory stays, and the device is not taken again.',
    reason: 'A driver cannot refuse to be unbound. The range stays reserved until a reboot.',
    source: 'dev_dax_kmem_remove, drivers/dax/kmem.c 6.1; guests of 6.1 and 7.3',
    by: 'firmware',
    without: (memory) => withoutOfDrivers(memory, ['driver']),
    again: ['ENODEV'],
  },
  {
    id: 'known-name',
    text: 'A driver knows the name of a device that it was told to take, and could not.',
    reason: 'The name is entered first; who writes it is not told of what became of the device.',
    source: 'do_id_store, drivers/dax/bus.c 6.1',
    by: 'firmware',
    without: (memory) => withoutOfDrivers(memory, ['ids']),
  },
  {
    id: 'assigned-storage',
    text: 'Storage increments of a block that the hypervisor assigned before it refused others stay assigned.',
    reason: 'A writer who configures memory is answered EIO, and nothing is given back.',
    source: 'sclp_config_mem_store, drivers/s390/char/sclp_mem.c 7.2',
    without: (memory) => withoutOfDrivers(memory, ['standby']),
  },
  {
    id: 'pending-request',
    text: 'The platform goes on waiting for a device that the kernel did not give, and asks for it no more.',
    reason:
      'Only what was removed before the failure is unisolated, by which the platform hears of it.',
    source: 'dlpar_memory_remove_by_ic, arch/powerpc/platforms/pseries/hotplug-memory.c 6.1',
    without: (memory) => withoutOfDrivers(memory, ['unplugPending', 'unplugRequested']),
    again: ['EBUSY'],
  },
  {
    id: 'standing-request',
    text: 'What a device of changing size is asked to have stays asked for. The driver waits for its timer, or gives the device up.',
    reason: 'The request is a number that the driver reads, without an answer.',
    source: 'virtio_mem_run_wq, drivers/virtio/virtio_mem.c 6.1',
    without: (memory) => withoutOfDrivers(memory, ['requestedBytes', 'isWaiting', 'isBroken']),
  },
  {
    id: 'device-without-driver',
    text: 'A device is there, and no driver has it.',
    reason: 'The bus finds it all the same, and the log says what the driver answered.',
    source: 'really_probe, drivers/base/dd.c 6.1',
    without: (memory) => withoutOfDrivers(memory, ['devices', 'backends']),
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
    id: 'marked-page',
    text: 'A page that fails and cannot be taken away is marked as poisoned, although EBUSY is answered.',
    reason: 'The mark comes first: the page must not be used again, whoever has it.',
    source: 'memory_failure, mm/memory-failure.c 6.1; spec 1.1.2',
    without: withoutPoison,
    again: ['EHWPOISON'],
  },
  {
    id: 'failed-undo',
    text: 'Blocks that were to come online again, as an operation is undone, stay offline if that fails too.',
    reason: 'A failed undo is not tried a second time.',
    source: 'offline_and_remove_memory and try_reonline_memory_block, mm/memory_hotplug.c 6.1',
    without: withoutOnline,
  },
  {
    id: 'not-added-again',
    text: 'Memory that was to be added again, as the removal of several parts is undone, is gone if that fails too.',
    reason: 'A failed undo is not tried a second time; the log says what could not be added.',
    source: 'dlpar_memory_remove_by_ic, arch/powerpc/platforms/pseries/hotplug-memory.c 6.1',
    without: (memory) =>
      withoutKeys(withoutOnline(memory), [
        'sections',
        'arch',
        'resources',
        'firmwareMap',
        'drivers',
      ]),
    again: ['EINVAL'],
  },
  {
    id: 'journal',
    text: 'Uevents, log lines, notices and what the platform was told are not taken back.',
    reason: 'They have been received already.',
    source: 'spec 1.8',
  },
]
