// What docs/series.md says of the series of 2012 beside what the tests tell: its patches, and what recordings mean for it.

/** A patch of "[RFC v9 PATCH 00/21] memory-hotplug: hot-remove physical memory". */
export interface Patch {
  readonly number: number
  readonly subject: string
  /** The first Linux that has it, or what became of it. */
  readonly merged: string
  /** Where it is in the model: a rule, a step or a file. */
  readonly model: string
}

export const PATCHES: readonly Patch[] = [
  {
    number: 1,
    subject: 'rename remove_memory to offline_memory and offline_pages',
    merged: '3.7',
    model: '`offline.limit`; a write to `state` takes the pages of exactly one block offline',
  },
  {
    number: 2,
    subject: 'implement offline_memory',
    merged: '3.7',
    model: '`eject.unit`, `eject.passes`, `eject.lastPass`, `eject.reonlines`',
  },
  {
    number: 3,
    subject: 'store the node id in acpi_memory_device',
    merged: 'dropped',
    model: '`nodeId` of the memory device',
  },
  {
    number: 4,
    subject: 'offline and remove memory when removing the memory device',
    merged: '3.8 and 3.9',
    model:
      '`remove.onlineErrno`, `device.failedRemoval`, `device.boundBy`; the state of the device',
  },
  {
    number: 5,
    subject: 'check whether memory is present or not',
    merged: 'dropped',
    model: '`online.presence`',
  },
  {
    number: 6,
    subject: 'export acpi_bus_remove',
    merged: 'dropped',
    model: 'the bus takes the device away: `device.failedRemoval`',
  },
  {
    number: 7,
    subject: 'call acpi_bus_remove to remove the memory device',
    merged: '3.8, otherwise',
    model: '`device.devices`, `device.boundBy`',
  },
  {
    number: 8,
    subject: 'remove /sys/firmware/memmap/X',
    merged: '3.9',
    model: 'the step `firmware map` of a removal; the counter never goes back',
  },
  {
    number: 9,
    subject: 'do not release the memory region in PAGES_PER_SECTION chunks',
    merged: '3.7',
    model: '`remove.resource`, `remove.partOfResource`',
  },
  {
    number: 10,
    subject: 'add memory_block_release',
    merged: '3.8',
    model: 'the step `blocks` of a removal, `remove.unit`',
  },
  {
    number: 11,
    subject: 'remove_memory calls __remove_pages',
    merged: '3.9',
    model: '`remove.unit`, `remove.absentSection`',
  },
  {
    number: 12,
    subject: 'introduce arch_remove_memory',
    merged: '3.9, rewritten',
    model: '`remove.directMap`, `mapping.emptyTables`, `remove.unasked`',
  },
  {
    number: 13,
    subject: 'check page type in get_page_bootmem',
    merged: 'dropped',
    model: 'none: boot’s metadata pages have no frames in the model',
  },
  {
    number: 14,
    subject: 'build the bootmem-info helpers for sparse-vmemmap, too',
    merged: '3.9',
    model: 'none: boot’s metadata pages have no frames in the model',
  },
  {
    number: 15,
    subject: 'register_page_bootmem_info_section for sparse-vmemmap',
    merged: '3.9',
    model: 'what the counts guard: a leaf of boot’s memmap goes with the last section in it',
  },
  {
    number: 16,
    subject: 'free the memmap of sparse-vmemmap',
    merged: '3.9',
    model: '`mapping.neverUsed`; bytes that no section uses any more, kept as `unusedVmemmap`',
  },
  {
    number: 17,
    subject: 'clear the zone when the memory is removed',
    merged: '3.9',
    model: '`zones.joins`; the step `zone` of adding and of removal',
  },
  {
    number: 18,
    subject: 'add node_device_release',
    merged: '3.8',
    model: 'the step `node` of a removal',
  },
  {
    number: 19,
    subject: 'remove the sysfs file of a node',
    merged: '3.9',
    model: 'the step `node` of a removal',
  },
  {
    number: 20,
    subject: 'clear the hwpoisoned flag when onlining pages',
    merged: 'dropped; 3.8 skips such pages',
    model: '`online.poisoned`; the step `clear poison`',
  },
  {
    number: 21,
    subject: 'auto offline page_cgroup when onlining a memory block failed',
    merged: '3.8',
    model: 'the notifier `page_cgroup`, `config.pageCgroup`',
  },
]

/** Of what a mutant of the suite would have nothing to break. */
export const WITHOUT_MUTANT: Readonly<Record<number, string>> = {
  13: 'There is no code to break.',
  14: 'There is no code to break.',
}

/** What a recording of 3.10 shows and the series does not say, and what `rfc9` makes of it. */
export interface RecordedFact {
  /** As ../shared/oracle/x86_64-3.10 numbers it. */
  readonly id: string
  readonly seen: string
  readonly inRfc9: string
}

export const RECORDED: readonly RecordedFact[] = [
  {
    id: 'D1',
    seen: 'Memory of a device that is there already counts as the device’s.',
    inRfc9:
      'Does not: in 3.6 only what add_memory took in is enabled (section 4.1.3). `device.existing`',
  },
  {
    id: 'D2',
    seen: 'A removal that fails is followed by _EJ0 all the same, whoever asked.',
    inRfc9:
      'Not where firmware asks (patch 04, version 7). Where `eject` was written it is the defect D18, which is off. `device.failedRemoval`',
  },
  {
    id: 'D3',
    seen: 'A device at boot gets two directories in /sys/firmware/memmap.',
    inRfc9:
      'Cannot happen: a device at boot is bound, and its memory not added (section 4.1.2). `device.atBoot`',
  },
  {
    id: 'D4',
    seen: 'Where page_cgroup tables go, and that two passes are not enough for ten blocks.',
    inRfc9: 'The same tables; there is one pass only. `allocator.onlined`, `eject.passes`',
  },
  {
    id: 'D5',
    seen: 'In-progress is told for both triggers, and no outcome.',
    inRfc9:
      'In-progress is told to who wrote `eject` only, and a failure to both (section 4.1.4). `device.ejectBegun`, `device.ejectOutcome`',
  },
  {
    id: 'D6',
    seen: 'A refused online_movable leaves traces.',
    inRfc9: 'There is no such word yet: no block leaves its zone. `zones.edge`',
  },
  {
    id: 'D7',
    seen: 'Zonelists are built twice as a block populates a zone, and once as a zone becomes empty.',
    inRfc9:
      'Once, and not at all (sections 4.3.3 and 4.5.1). `online.zonelists`, `offline.zonelists`',
  },
  {
    id: 'D8',
    seen: '`probe` takes garbage for 0.',
    inRfc9: 'Taken over: 3.6 accepts whatever strtoull does (section 4.2). `sysfs.probeNumber`',
  },
  {
    id: 'D9',
    seen: 'Numbers of ACPI devices are never used again; an empty slot has no device; there is a file `uid`.',
    inRfc9: 'The same, without `uid` (section 4.1.1). `device.devices`, `device.files`',
  },
  {
    id: 'D10',
    seen: 'Every removal logs that the device does not support D3cold.',
    inRfc9: 'Not said: the catalogue of the specification (6.3) does not have it.',
  },
  {
    id: 'D11',
    seen: 'Boot entries of the firmware map are `reserved`, in lower case.',
    inRfc9: 'The same; a machine’s description says the words.',
  },
  {
    id: 'D12',
    seen: '`has_cpu` is empty; a node with offline memory only has no `hugepages`.',
    inRfc9: 'Taken over: neither the series nor its specification says otherwise. `sysfs.hasCpu`',
  },
  {
    id: 'D13',
    seen: 'Nodes are numbered as firmware’s tables name their domains.',
    inRfc9: 'The same. `device.nodes`',
  },
  {
    id: 'D14',
    seen: 'A device that is not a whole number of sections is taken in.',
    inRfc9:
      'The model refuses it in every generation, with UNALIGNED_RANGE: it knows memory by whole blocks.',
  },
  {
    id: 'D15',
    seen: 'The memmap of a second device lies in the block that came online last.',
    inRfc9: 'The same. `allocator.onlined`',
  },
  {
    id: 'D16',
    seen: 'What the beginnings of words mean, and that trailing text does not matter.',
    inRfc9: 'The same rule over two words. `sysfs.stateWords`, `sysfs.stateMatch`',
  },
]
