import type { Generation } from '../model/generation'

/** Linux 6.1 LTS, the kernel that memhp is checked against. Source: spec/linux-6.1-memory-hotplug.md. @public */
export const V6_1: Generation = /* @__PURE__ */ Object.freeze({
  name: 'v6.1',
  source: 'Linux 6.1.192, configured as by Debian 12',
  kernels: { from: [4, 13], is: [6, 1] },
  config: {
    common: {
      memoryProbe: true,
      memoryFailure: true,
      zoneDevice: true,
      crashHotplug: null,
      defaultOnlineType: 'offline',
    },
    byArch: { x86_64: { memoryProbe: false }, ppc64le: { zoneDevice: false } },
  },
  rules: {
    memmapOnMemory: { words: ['N', 'Y'], unit: 'range', unfit: 'refused' },
    zones: { joins: 'onlined' },
    online: { poisoned: 'left-out' },
    offline: { limit: null, holes: 'refused', freeHugePages: 'dissolved' },
    remove: { onlineErrno: 'EBUSY' },
    notifier: {
      events: [
        'MEM_GOING_ONLINE',
        'MEM_ONLINE',
        'MEM_CANCEL_ONLINE',
        'MEM_GOING_OFFLINE',
        'MEM_OFFLINE',
        'MEM_CANCEL_OFFLINE',
      ],
    },
    parameters: {
      commandLine: [
        'memhp_default_state',
        'movable_node',
        'acpi_no_memhotplug',
        'memory_hotplug.memmap_on_memory',
        'memory_hotplug.online_policy',
        'memory_hotplug.auto_movable_ratio',
        'memory_hotplug.auto_movable_numa_aware',
      ],
    },
    procfs: { memTotal: 'managed', zoneinfo: 'all' },
    sysfs: {
      blockFiles: [
        'phys_index',
        'state',
        'online',
        'removable',
        'phys_device',
        'valid_zones',
        'uevent',
        'subsystem',
        'firmware_node',
      ],
      stateWords: ['offline', 'online', 'online_kernel', 'online_movable'],
      stateMatch: 'exact',
      removable: 'always',
      probeNumber: 'whole',
      hasCpu: 'nodes',
    },
    acpi: {
      devices: 'per-slot',
      systemBus: 'LNXSYBUS:00',
      files: ['path', 'hid', 'modalias', 'uid', 'status', 'eject', 'uevent', 'subsystem'],
      ejectSource: 'request',
      ejectOutcome: 'told',
      failedRemoval: 'stays',
      nodes: 'as-numbered',
    },
    eject: { passes: 2, lastPass: 'stops', reonlines: 'yes', container: 'silent' },
    mapping: { emptyTables: 'free', neverUsed: 'marked' },
  },
} satisfies Generation)
