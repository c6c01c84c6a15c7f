import type { Generation } from '../model/generation'
import { defineGeneration } from './define-generation'
import { RFC9 } from './rfc9'

/**
 * Linux 3.10, which carried the series of 2012 as Linux 3.9 took it in: its rules so far. Source: recordings of 3.10.108;
 * spec/hot-remove-series-2012.md, what it calls merged.
 * @public
 */
export const V3_10: Generation = /* @__PURE__ */ defineGeneration(() => ({
  name: 'v3.10',
  source: 'Linux 3.10.108, with memory hot-remove, ZONE_MOVABLE nodes and memory cgroups',
  kernels: { from: [3, 9], is: [3, 10] },
  config: RFC9.config,
  rules: {
    ...RFC9.rules,
    zones: { joins: 'added' },
    online: { poisoned: 'left-out' },
    offline: { ...RFC9.rules.offline, holes: 'reserved', freeHugePages: 'kept' },
    procfs: { memTotal: 'present', zoneinfo: 'populated' },
    sysfs: {
      ...RFC9.rules.sysfs,
      stateWords: ['online_kernel', 'online_movable', 'online', 'offline'],
      probeNumber: 'leading-digits',
      hasCpu: 'empty',
    },
    device: {
      devices: 'on-arrival',
      group: 'none',
      systemBus: 'device:00',
      files: ['path', 'hid', 'modalias', 'uid', 'eject', 'uevent', 'subsystem'],
      ejectSource: 'asker',
      ejectOutcome: 'untold',
      failedRemoval: 'ejected',
      checkOfUnattached: 'success',
      nodes: 'as-named',
    },
    eject: { passes: 2, lastPass: 'goes-on', reonlines: 'no', container: 'silent' },
    mapping: { ...RFC9.rules.mapping, emptyTables: 'free', neverUsed: 'marked' },
  },
}))
