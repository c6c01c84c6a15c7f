import { LOG_3_10 } from '../kernel-log/words-3-10'
import type { Generation } from '../model/generation'
import { CODE_OF_2012 } from '../series-2012/code'
import { STEPS_OF_2012 } from '../series-2012/steps'
import { defineGeneration } from './define-generation'
import { RFC9 } from './rfc9'
import { V6_1 } from './v6-1'

/**
 * Linux 3.10, which carried the series of 2012 as Linux 3.9 took it in: its rules so far. Source: recordings of 3.10.108;
 * spec/hot-remove-series-2012.md, what it calls merged.
 * @public
 */
export const V3_10: Generation = /* @__PURE__ */ defineGeneration(() => ({
  name: 'v3.10',
  source: 'Linux 3.10.108, with memory hot-remove, ZONE_MOVABLE nodes and memory cgroups',
  kernels: { from: [3, 9], is: [3, 10] },
  dropped: [],
  config: RFC9.config,
  rules: {
    ...RFC9.rules,
    zones: { joins: 'added', edge: 'moves' },
    online: { ...V6_1.rules.online, poisoned: 'left-out', zonelists: 'twice' },
    offline: { ...RFC9.rules.offline, zonelists: 'rebuilt' },
    remove: {
      ...RFC9.rules.remove,
      absentSection: 'passed-over',
      directMap: 'before',
      partOfResource: 'cut',
    },
    sysfs: {
      ...RFC9.rules.sysfs,
      stateWords: ['online_kernel', 'online_movable', 'online', 'offline'],
    },
    device: {
      ...RFC9.rules.device,
      boundBy: 'handler',
      files: ['path', 'hid', 'modalias', 'uid', 'eject', 'uevent', 'subsystem'],
      ejectBegun: 'asker',
      failedRemoval: 'ejected',
      checkOfRefused: 'success',
      existing: 'taken',
      atBoot: 'added',
    },
    eject: { ...RFC9.rules.eject, passes: 2, lastPass: 'goes-on' },
    mapping: { ...RFC9.rules.mapping, emptyTables: 'free', neverUsed: 'marked' },
  },
  log: LOG_3_10,
  defects: {
    D19: { mended: { freedBootTable: 'wrapped' } },
    D21: { mapping: { emptyTables: 'keep' } },
  },
  steps: STEPS_OF_2012,
  code: CODE_OF_2012,
}))
