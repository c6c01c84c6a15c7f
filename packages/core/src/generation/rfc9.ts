import { logOf2012 } from '../kernel-log/words-2012'
import type { Generation } from '../model/generation'
import type { GenerationRules } from '../model/generation-rules'
import { CODE_OF_2012 } from '../series-2012/code'
import { STEPS_OF_2012 } from '../series-2012/steps'
import { defineGeneration } from './define-generation'
import { MENDED } from './mended'
import { V6_1 } from './v6-1'

/** Review of the series; what each is: docs/defects.md. */
const DEFECTS: Generation['defects'] = {
  KP2: { mended: { usemap: 'misread' } },
  D1: { mended: { deviceOffline: 'refused' } },
  D2: { mended: { deviceSections: 'first' } },
  D3: { mended: { zoneLeft: 'of-section' } },
  D4: { mended: { archRefusal: 'ignored' } },
  D5: { mended: { spanEdge: 'low-nodes' } },
  D6: { mended: { emptySpan: 'at-0' } },
  D7: { mended: { splitLeaf: 'zeroed' } },
  D8: { mended: { basePageCount: 'unsigned' } },
  D13: { mended: { reusedMemmap: 'stale' } },
  D14: { mended: { poisonCount: 'kept' } },
  D18: { device: { failedRemoval: 'ejected' } },
}

const OFFLINE: GenerationRules['offline'] = {
  limit: { seconds: 120, hardFailures: 5 },
  holes: 'reserved',
  freeHugePages: 'kept',
  partOfGigantic: 'refused',
  zonelists: 'kept',
  partOfLeaf: 'goes',
}

/** Patches 04, 08, 09, 11 and 12. */
const REMOVE: GenerationRules['remove'] = {
  onlineErrno: 'EAGAIN',
  absentSection: 'ends',
  unit: 'section',
  directMap: 'after',
  resource: 'before',
  partOfResource: 'stays',
  unasked: 'refused',
}

/** Patches 04 and 07; sections 4.1.1 to 4.1.5. */
const DEVICE: GenerationRules['device'] = {
  boundBy: 'driver',
  devices: 'on-arrival',
  group: 'none',
  systemBus: 'device:00',
  wakeupSource: 'firmware-node',
  files: ['path', 'hid', 'modalias', 'eject', 'uevent', 'subsystem'],
  ejectBegun: 'writer',
  ejectOutcome: 'failure',
  failureStatus: 'one',
  failedRemoval: 'stays',
  checkOfRefused: 'any-check-fails',
  checkOfAttached: 'success',
  checkOfAbsent: 'failure',
  existing: 'left',
  atBoot: 'bound',
  nodes: 'as-named',
}

/** Sections 4.1.3 and 4.3.1. */
const SYSFS: GenerationRules['sysfs'] = {
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
  probeNumber: 'leading-digits',
  hasCpu: 'empty',
  hugePages: 'nodes-with-memory',
  pageFailures: 'none',
  nodeReclaim: 'none',
}

/**
 * The hot-remove series of 2012, as posted, without the defects that its review and later kernels found (docs/series.md). What
 * it says nothing of is as in Linux 3.10, where that is recorded, else as in Linux 6.1.
 * Source: spec/hot-remove-series-2012.md, sections 3, 4 and 6; known problem D21, which is by design.
 * @public
 */
export const RFC9: Generation = /* @__PURE__ */ defineGeneration(() => ({
  name: 'rfc9',
  source:
    '[RFC v9 PATCH 00/21] memory-hotplug: hot-remove physical memory, 5 September 2012, on Linux 3.6',
  kernels: { from: [0, 0], is: null },
  dropped: [],
  config: {
    common: {
      memoryProbe: true,
      memoryFailure: true,
      zoneDevice: null,
      pageCgroup: true,
      crashHotplug: null,
      numa: true,
      memmapOnMemory: null,
      defaultOnlineType: null,
    },
    byArch: {},
  },
  rules: {
    memmapOnMemory: { words: [], unit: 'range', unfit: 'refused' },
    add: {
      words: 'any',
      impossibleNode: 'entered',
      firstOfNode: 'behind-blocks',
      mapAtBoot: 'twice',
    },
    zones: { joins: 'added', edge: 'stays' },
    online: {
      ...V6_1.rules.online,
      presence: 'checked',
      poisoned: 'cleared',
    },
    poison: { again: 'ignored', absent: 'ENXIO' },
    allocator: { onlined: 'first', isolated: 'movable', giganticInMovable: 'never' },
    offline: OFFLINE,
    remove: REMOVE,
    notifier: V6_1.rules.notifier,
    parameters: { commandLine: [] },
    procfs: {
      memTotal: 'present',
      zoneinfo: 'populated',
      hashDirectMap: 'uncounted',
      offlinePages: 'reserved',
    },
    sysfs: SYSFS,
    device: DEVICE,
    eject: { unit: 'range', passes: 1, lastPass: 'stops', reonlines: 'no', container: 'silent' },
    mapping: {
      ...V6_1.rules.mapping,
      emptyTables: 'keep',
      neverUsed: 'unmarked',
      directMapAfter: 'guard-hole',
      windowMemmap: 'per-section',
    },
    standby: V6_1.rules.standby,
    resizable: { ...V6_1.rules.resizable, unit: 'none' },
    dax: { ...V6_1.rules.dax, softReserved: 'ignored' },
    mended: MENDED,
  },
  log: logOf2012(),
  defects: DEFECTS,
  steps: STEPS_OF_2012,
  code: CODE_OF_2012,
}))
