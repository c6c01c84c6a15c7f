import type { KernelLog } from '../model/kernel-log'

/** Of Linux 6.1, as far as the model says it. Source: mm/memory_hotplug.c, mm/page_alloc.c, mm/page_isolation.c
 * and drivers/acpi 6.1. */
export const LOG_6_1: KernelLog = {
  addOutOfReach: {
    level: 'warn',
    text: 'Hotplug memory [{start:#x}-{end:#x}] exceeds maximum addressable range [{first:#x}-{last:#x}]',
  },
  addUnaligned: {
    level: 'err',
    text: 'Block size [{block:#x}] unaligned hotplug range: start {start:#x}, size {size:#x}',
  },
  addImpossibleNode: { level: 'warn', text: 'node {node} was absent from the node_possible_map' },
  fallbackOrder: { level: 'info', text: 'Fallback order for Node {node}: {order} ' },
  zonelistsBuilt: {
    level: 'info',
    text: 'Built {lists} zonelists, mobility grouping on.  Total pages: {pages}',
  },
  policyZone: { level: 'info', text: 'Policy zone: {zone}' },
  unmovablePage: {
    level: 'warn',
    text: 'page: pfn:{pfn:#x} {kind}\npage dumped because: unmovable page',
  },
  migrationFailed: { level: 'warn', text: 'migrating pfn {pfn:x} failed ret:{errno}' },
  offlined: { level: 'debug', text: 'Offlined Pages {pages}' },
  removeOnline: {
    level: 'warn',
    text: 'removing memory fails, because memory [{blockStart:#018x}-{blockLast:#018x}] is onlined',
  },
  removeGranularity: { level: 'warn', text: 'Refuse to remove memory: wrong granularity' },
  deviceEmpty: { level: 'err', text: 'acpi {device}: device is empty' },
  deviceNotAdded: { level: 'err', text: 'acpi {device}: add_memory failed' },
  deviceNotEnabled: { level: 'err', text: 'acpi {device}: acpi_memory_enable_device() error' },
  deviceKnown: { level: 'warn', text: 'acpi {device}: Already enumerated' },
  deviceRefused: { level: 'warn', text: 'acpi {device}: Enumeration failure' },
  deviceAbsent: { level: 'warn', text: 'acpi {device}: Still not present' },
  deviceBlockOnline: { level: 'warn', text: 'memory memory{block}: Offline failed.' },
  probeFailed: { level: 'warn', text: '{driver}: probe of {device} failed with error {errno}' },
  ejectDisabled: { level: 'info', text: 'acpi {device}: Eject disabled' },
  ejectUnsupported: { level: 'warn', text: 'ACPI: {path}: No _EJ0 support for device' },
  ejectMethodFailed: { level: 'warn', text: 'ACPI: {path}: Eject failed (0x1)' },
  ejectIncomplete: { level: 'warn', text: 'ACPI: {path}: Eject incomplete - status {status:#x}' },
  ejectStatusFailed: { level: 'warn', text: 'ACPI: {path}: Status check after eject failed (0x1)' },
}
