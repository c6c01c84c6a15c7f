import type { Generation } from '../model/generation'

/**
 * The hot-remove series of 2012, as posted: its rules so far, on what it has in common with Linux 6.1.
 * Source: spec/hot-remove-series-2012.md: patches 02, 04, 12 and 16; sections 4.3.1 and 6.1; known problem D21.
 */
export const RFC9: Generation = /* @__PURE__ */ Object.freeze({
  name: 'rfc9',
  source:
    '[RFC v9 PATCH 00/21] memory-hotplug: hot-remove physical memory, 5 September 2012, on Linux 3.6',
  rules: {
    sysfs: {
      stateWords: ['online', 'offline'],
      stateMatch: 'prefix',
      removable: 'predicted',
    },
    eject: { passes: 1, reonlines: 'no' },
    mapping: { emptyTables: 'keep', neverUsed: 'unmarked' },
  },
} satisfies Generation)
