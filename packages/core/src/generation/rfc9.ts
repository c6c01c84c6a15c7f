import type { Generation } from '../model/generation'
import { defineGeneration } from './define-generation'
import { V6_1 } from './v6-1'

/**
 * The hot-remove series of 2012, as posted: its rules so far. What it says nothing of is as in Linux 6.1.
 * Source: spec/hot-remove-series-2012.md: patches 02, 04, 12, 16 and 20; sections 4.3, 4.5 and 6.1; known problem D21.
 * @public
 */
export const RFC9: Generation = /* @__PURE__ */ defineGeneration(() => ({
  name: 'rfc9',
  source:
    '[RFC v9 PATCH 00/21] memory-hotplug: hot-remove physical memory, 5 September 2012, on Linux 3.6',
  kernels: { from: [0, 0], is: null },
  config: {
    common: {
      memoryProbe: true,
      memoryFailure: true,
      zoneDevice: null,
      pageCgroup: true,
      crashHotplug: null,
      defaultOnlineType: null,
    },
    byArch: {},
  },
  rules: {
    memmapOnMemory: { words: [], unit: 'range', unfit: 'refused' },
    add: { impossibleNode: 'entered' },
    zones: V6_1.rules.zones,
    online: { poisoned: 'cleared' },
    poison: { again: 'ignored' },
    allocator: { onlined: 'first' },
    offline: {
      limit: { seconds: 120, hardFailures: 5 },
      holes: 'refused',
      freeHugePages: 'dissolved',
    },
    remove: { onlineErrno: 'EAGAIN', unasked: 'refused' },
    notifier: V6_1.rules.notifier,
    parameters: { commandLine: [] },
    procfs: V6_1.rules.procfs,
    sysfs: {
      blockFiles: [
        'phys_index',
        'end_phys_index',
        'state',
        'phys_device',
        'removable',
        'uevent',
        'subsystem',
      ],
      stateWords: ['online', 'offline'],
      stateMatch: 'prefix',
      removable: 'predicted',
      probeNumber: 'whole',
      hasCpu: 'nodes',
    },
    device: V6_1.rules.device,
    eject: { passes: 1, lastPass: 'stops', reonlines: 'no', container: 'silent' },
    mapping: { emptyTables: 'keep', neverUsed: 'unmarked', directMapAfter: 'guard-hole' },
  },
}))
