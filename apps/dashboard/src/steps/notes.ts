// What each named step of a transaction is: what the kernel does there, and where that is written.

/** A step, told. */
export interface StepNote {
  /** What the kernel does, as a sentence for those who read it for the first time. */
  readonly says: string
  /** Function of the kernel, and its file in Linux 6.1. */
  readonly source: string
  /** Section of docs/spec/linux-6.1-memory-hotplug.md; null for what only kernels of 2012 do. */
  readonly spec: string | null
}

const HOTPLUG = 'mm/memory_hotplug.c'
const SERIES = 'the series of 2012'

const note = (says: string, source: string, spec: string | null): StepNote => ({
  says,
  source,
  spec,
})

const OFFLINE: Readonly<Record<string, StepNote>> = {
  'own memmap': note(
    'Struct pages that the block holds itself leave the count first, so that its zone can become empty.',
    'memory_block_offline, drivers/base/memory.c',
    '4.1',
  ),
  holes: note(
    'All of the block must be System RAM: a hole in it would never come back.',
    `offline_pages, ${HOTPLUG}`,
    '4.2',
  ),
  fatal: note(
    'A block that lacks a section would stop a kernel here.',
    `test_pages_in_a_zone, ${HOTPLUG} (3.10)`,
    null,
  ),
  'per-cpu': note(
    'The lists of free pages that each CPU keeps are emptied and switched off, so that no page hides there.',
    `zone_pcp_disable, mm/page_alloc.c`,
    '4.2',
  ),
  isolate: note(
    'Every pageblock is isolated: its free pages are given to no one any more. A page that can never move refuses here.',
    'start_isolate_page_range, mm/page_isolation.c',
    '4.3',
  ),
  'node notify': note(
    'Drivers are asked whether the node may lose its last memory.',
    `node_notify, ${HOTPLUG} (6.16 and later)`,
    '4.2',
  ),
  notify: note(
    'MEM_GOING_OFFLINE: every driver that registered is asked, and may say no.',
    `memory_notify, drivers/base/memory.c`,
    '3.5',
  ),
  migrate: note(
    'Pages in use are copied elsewhere, and whoever used them goes on there. A pinned page, or no room, stops it.',
    `do_migrate_range, ${HOTPLUG}`,
    '4.4',
  ),
  dissolve: note(
    'Free huge pages are broken up into base pages.',
    'dissolve_free_huge_pages, mm/hugetlb.c',
    '4.2',
  ),
  emptied: note(
    'The last look: every page of the block must be free now.',
    'test_pages_isolated, mm/page_isolation.c',
    '4.2',
  ),
  'take out': note(
    'The point of no return is passed. The pages leave the buddy allocator, the sections are marked offline.',
    `__offline_isolated_pages, mm/page_alloc.c`,
    '4.2',
  ),
  log: note('The kernel log tells of it.', `offline_pages, ${HOTPLUG}`, '4.9'),
  count: note(
    'Managed and present pages of the zone fall, and MemTotal with them.',
    `adjust_present_page_count, ${HOTPLUG}`,
    '4.2',
  ),
  'node states': note(
    'A node that lost its last memory is no longer in has_memory, and its kswapd ends.',
    `node_states_clear_node, ${HOTPLUG}`,
    '4.5',
  ),
  zonelists: note(
    'A zone that has become empty leaves the lists that allocations walk.',
    'build_all_zonelists, mm/page_alloc.c',
    '4.2',
  ),
  'tell node': note(
    'Drivers are told that the node has lost its last memory.',
    `node_notify, ${HOTPLUG} (6.16 and later)`,
    '4.2',
  ),
  tell: note(
    'MEM_OFFLINE: drivers are told that it is done.',
    'memory_notify, drivers/base/memory.c',
    '3.5',
  ),
  detach: note(
    'The zone’s span shrinks to what is left of it, and the node’s span with it.',
    `remove_pfn_range_from_zone, ${HOTPLUG}`,
    '4.6',
  ),
  finish: note('The last words of the transaction.', `offline_pages, ${HOTPLUG}`, '4.2'),
}

const REMOVE: Readonly<Record<string, StepNote>> = {
  align: note('The range must be whole blocks.', `try_remove_memory, ${HOTPLUG}`, '5.2'),
  offline: note(
    'All of its blocks must be offline: looked at again, as they may have come back.',
    `check_memblock_offlined_cb, ${HOTPLUG}`,
    '5.2',
  ),
  granularity: note(
    'Blocks that hold their own struct pages go one at a time.',
    `try_remove_memory, ${HOTPLUG}`,
    '5.2',
  ),
  arch: note(
    'The architecture is asked whether it can remove memory at all.',
    'arch_remove_memory',
    '5.3',
  ),
  fatal: note('What would stop a kernel that has a defect here.', SERIES, null),
  'firmware map': note(
    'The entry below /sys/firmware/memmap goes.',
    'firmware_map_remove, drivers/firmware/memmap.c',
    '5.2',
  ),
  'direct map': note(
    'The kernel’s own mapping of the memory goes: leaves first, then tables that have become empty.',
    'arch_remove_memory',
    '5.4',
  ),
  resource: note(
    'The line of /proc/iomem goes: nothing claims these addresses any more.',
    `release_mem_region_adjustable, kernel/resource.c`,
    '5.6',
  ),
  end: note('A section that is absent ends the removal here.', SERIES, null),
  'part: blocks': note(
    'The memory blocks leave sysfs, with all their files, and a uevent tells of each.',
    'remove_memory_block_devices, drivers/base/memory.c',
    '5.2',
  ),
  'part: zone': note(
    'The pages leave their zone, which has had them since they were added.',
    SERIES,
    null,
  ),
  'part: arch': note(
    'The architecture removes sections, the struct pages in the vmemmap, and the direct map with its tables.',
    'arch_remove_memory',
    '5.3',
  ),
  'part: memmap': note('The struct pages of one section are freed.', SERIES, null),
  node: note(
    'A node without memory and without CPUs goes: its directory, its links, its place in online.',
    `try_offline_node, ${HOTPLUG}`,
    '5.5',
  ),
}

const ADD: Readonly<Record<string, StepNote>> = {
  support: note(
    'The architecture is asked whether it can take the range in.',
    `add_memory_resource, ${HOTPLUG}`,
    '2.4',
  ),
  reach: note(
    'The range must lie where the direct map reaches.',
    `mhp_range_allowed, ${HOTPLUG}`,
    '2.3',
  ),
  resource: note(
    'A line in /proc/iomem claims the addresses.',
    `register_memory_resource, ${HOTPLUG}`,
    '2.3',
  ),
  align: note('The range must be whole blocks.', `check_hotplug_memory_range, ${HOTPLUG}`, '2.4'),
  node: note('The node’s data are prepared.', `__try_online_node, ${HOTPLUG}`, '2.4'),
  'node online': note(
    'The node comes online, with its directory.',
    `__register_one_node, drivers/base/node.c`,
    '2.4',
  ),
  memmap: note(
    'It is decided where the struct pages lie: elsewhere, or on the memory itself.',
    `mhp_supports_memmap_on_memory, ${HOTPLUG}`,
    '2.6',
  ),
  'part: arch': note(
    'The architecture maps the memory and makes struct pages for it.',
    'arch_add_memory',
    '2.5',
  ),
  'part: zone': note('The pages join a zone.', SERIES, null),
  'part: blocks': note(
    'The memory blocks appear in sysfs, and a uevent tells of each.',
    'create_memory_block_devices, drivers/base/memory.c',
    '2.4',
  ),
  'firmware map': note(
    'An entry below /sys/firmware/memmap.',
    'firmware_map_add_hotplug, drivers/firmware/memmap.c',
    '2.4',
  ),
  'merge resource': note(
    'Lines of /proc/iomem that touch become one.',
    'merge_system_ram_resource, kernel/resource.c',
    '2.4',
  ),
}

const ONLINE: Readonly<Record<string, StepNote>> = {
  presence: note(
    'All sections of the block must be present.',
    'memory_block_online, drivers/base/memory.c',
    '3.2',
  ),
  poison: note(
    'A page with a hardware error keeps the block offline.',
    'memory_block_online (6.10 and later)',
    '3.2',
  ),
  prepare: note(
    'MEM_PREPARE_ONLINE: drivers make the memory usable.',
    'memory_block_online (6.7 and later)',
    '3.2',
  ),
  attach: note(
    'The pages join their zone, whose span grows.',
    `move_pfn_range_to_zone, ${HOTPLUG}`,
    '3.3',
  ),
  move: note('The block moves to the neighbouring zone.', SERIES, null),
  'node notify': note(
    'Drivers are asked whether the node may get its first memory.',
    `node_notify, ${HOTPLUG} (6.16 and later)`,
    '3.3',
  ),
  notify: note(
    'MEM_GOING_ONLINE: every driver that registered is asked, and may say no.',
    'memory_notify, drivers/base/memory.c',
    '3.5',
  ),
  zonelists: note(
    'A zone that had been empty joins the lists that allocations walk.',
    'build_all_zonelists, mm/page_alloc.c',
    '3.3',
  ),
  'clear poison': note(
    'Marks of hardware errors are taken away.',
    `online_pages, ${HOTPLUG}`,
    '3.3',
  ),
  'hand over': note(
    'The pages are given to the buddy allocator.',
    `online_pages_range, ${HOTPLUG}`,
    '3.3',
  ),
  threads: note(
    'The node’s own threads start with its first memory: kswapd and kcompactd, which have their pages on the node (6.18 and later).',
    'kswapd_run and kcompactd_run, mm',
    '3.3',
  ),
  'list first': note(
    'They are put where allocations look first.',
    `online_pages, ${HOTPLUG}`,
    '3.3',
  ),
  count: note(
    'Managed and present pages of the zone grow, and MemTotal with them.',
    `adjust_present_page_count, ${HOTPLUG}`,
    '3.3',
  ),
  'node states': note(
    'A node with its first memory is in has_memory, and its kswapd starts.',
    `node_states_set_node, ${HOTPLUG}`,
    '3.3',
  ),
  'undo isolation': note(
    'The pageblocks are movable: their pages can be allocated from now on.',
    'undo_isolate_page_range, mm/page_isolation.c',
    '3.3',
  ),
  'tell node': note(
    'Drivers are told that the node has its first memory.',
    `node_notify, ${HOTPLUG} (6.16 and later)`,
    '3.3',
  ),
  tell: note(
    'MEM_ONLINE: drivers are told that it is done.',
    'memory_notify, drivers/base/memory.c',
    '3.5',
  ),
}

const NOTES: Readonly<Record<string, Readonly<Record<string, StepNote>>>> = {
  add: ADD,
  online: ONLINE,
  offline: OFFLINE,
  remove: REMOVE,
}

/**
 * What is known of a step.
 * @param mark its name as a frame has it, and whether it may fail: past the point of no return names come again
 * @returns undefined for a step that has no note
 */
export function noteOf(mark: {
  readonly operation: string
  readonly step: string
  readonly mayFail: boolean
}): StepNote | undefined {
  const notes = NOTES[mark.operation]
  const ofPart = notes?.[`part: ${mark.step}`]
  const whole = notes?.[mark.step]
  if (mark.operation === 'remove' && mark.mayFail) return whole ?? ofPart
  return ofPart ?? whole
}
