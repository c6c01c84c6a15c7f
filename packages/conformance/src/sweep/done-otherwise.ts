import {
  withoutAdded,
  withoutBinding,
  withoutKeys,
  withoutMappings,
  withoutOfDrivers,
  withoutOnline,
  withoutPlaces,
} from './masks'
import type { NotRolledBack } from './not-rolled-back'

/** What an operation does otherwise that goes on although something failed. docs/injection-points.md shows it. */
export const DONE_OTHERWISE: readonly NotRolledBack[] = [
  {
    id: 'no-firmware-map-entry',
    text: 'The memory is not in the firmware map.',
    reason: 'The kernel only warns: a kernel that is started by kexec does not know of it.',
    source: 'add_memory_resource, mm/memory_hotplug.c 6.1',
    without: (memory) => ({ ...memory, firmwareMap: null }),
  },
  {
    id: 'memmap-in-smaller-pages',
    text: 'The memmap lies in single pages.',
    reason: 'The kernel does without a large leaf, or a chunk, where it gets none.',
    source: 'vmemmap_populate_hugepages, mm/sparse-vmemmap.c, and sparse.c 6.1; spec 5.4',
    without: withoutMappings,
  },
  {
    id: 'pages-elsewhere',
    text: 'Pages have moved to other places than they would have.',
    reason: 'What could not move at first is tried again.',
    source: 'do_migrate_range, mm/memory_hotplug.c 6.1',
    without: withoutPlaces,
  },
  {
    id: 'stays-offline',
    text: 'Memory is added, and the block that failed to come online and those behind it are offline.',
    reason:
      'The kernel’s walk over the blocks ends at the first failure, of which it tells nothing.',
    source: 'add_memory_resource and online_memory_block, mm/memory_hotplug.c 6.1; spec 2.4',
    without: withoutOnline,
  },
  {
    id: 'unbound-memory',
    text: 'Memory of a device is added, and belongs to none: it has no links to a device, and cannot be ejected.',
    reason: 'The driver gives the device up, and does not take the memory out again.',
    source: 'acpi_memory_enable_device, drivers/acpi/acpi_memhotplug.c 6.1',
    without: (memory) => withoutBinding(withoutKeys(memory, ['groups'])),
  },
  {
    id: 'emptied-block',
    text: 'Nothing of a block is plugged any more, and it is there still, withheld as a whole.',
    reason: 'The hypervisor has its memory back by then, and the kernel did not let the block go.',
    source: 'virtio_mem_sbm_unplug_any_sb_online, drivers/virtio/virtio_mem.c 6.1',
    operations: ['a device gives an offline block back', 'a device gives an online block back'],
    without: (memory) =>
      withoutKeys(withoutAdded(withoutOnline(withoutOfDrivers(memory, ['isWaiting']))), [
        'resources',
      ]),
  },
  {
    id: 'device-in-its-slot',
    text: 'The memory of a device is gone, and the device is still in its slot.',
    reason: 'Firmware did not let it go; the kernel has forgotten it by then.',
    source: 'acpi_scan_hot_remove, drivers/acpi/scan.c 6.1',
    without: (memory) =>
      withoutOfDrivers(memory, [
        ...['dimms', 'slot', 'power', 'isListed', 'memory', 'enumerated'],
        'connectors',
      ]),
  },
]
