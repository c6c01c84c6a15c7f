import type { KernelLog } from '../model/kernel-log'

/**
 * Of Linux 3.10. Source: recordings of 3.10.108, as far as they have the occasion; else spec/hot-remove-series-2012.md,
 * section 6.3.
 */
export const LOG_3_10: KernelLog = {
  addBusy: {
    level: 'warn',
    text: 'System RAM resource [mem {start:#010x}-{last:#010x}] cannot be added',
  },
  nodeIsNew: { level: 'debug', text: 'On node {node} totalpages: 0' },
  zonelistsBuilt: {
    level: 'warn',
    text: 'Built {lists} zonelists in Node order, mobility grouping on.  Total pages: {pages}',
  },
  policyZone: { level: 'warn', text: 'Policy zone: {zone}' },
  mapping: { level: 'info', text: 'init_memory_mapping: [mem {start:#010x}-{last:#010x}]' },
  mappedBy: { level: 'debug', text: ' [mem {start:#010x}-{last:#010x}] page {leaf}' },
  errorInjected: { level: 'info', text: 'Injecting error ({errno}) to {event}' },
  cgroupTableFailed: { level: 'err', text: 'page cgroup allocation failure' },
  offlineFailed: {
    level: 'info',
    text: 'memory offlining [mem {start:#010x}-{last:#010x}] failed',
  },
  offlined: { level: 'info', text: 'Offlined Pages {pages}' },
  removeOnline: {
    level: 'warn',
    text: 'removing memory fails, because memory [{blockStart:#010x}-{blockLast:#010x}] is onlined',
  },
  resourceAbsent: {
    level: 'warn',
    text: 'Unable to release resource <{start:016x}-{last:016x}> (-22)',
  },
  poisonedFree: { level: 'err', text: 'MCE {pfn:#x}: free buddy page recovery: Delayed' },
  poisonedAgain: { level: 'err', text: 'MCE {pfn:#x}: already hardware poisoned' },
  poisonOutside: { level: 'err', text: 'MCE {pfn:#x}: memory outside kernel control' },
  softPoisonedFree: { level: 'info', text: '__get_any_page: {pfn:#x} free buddy page' },
  deviceNotAdded: { level: 'err', text: 'ACPI:memory_hp:add_memory failed' },
  deviceNotEnabled: { level: 'err', text: 'ACPI:memory_hp:Error in acpi_memory_enable_device' },
  ejectMethodFailed: { level: 'warn', text: 'ACPI: Eject device failed' },
  powerStateUnsupported: { level: 'info', text: 'ACPI: Device does not support D3cold' },
}
