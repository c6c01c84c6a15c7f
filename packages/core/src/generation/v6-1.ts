import type { Generation } from '../model/generation'

/** Linux 6.1 LTS, the kernel that memhp is checked against. Source: spec/linux-6.1-memory-hotplug.md. */
export const V6_1: Generation = /* @__PURE__ */ Object.freeze({
  name: 'v6.1',
  source: 'Linux 6.1.192',
  rules: {
    sysfs: {
      stateWords: ['offline', 'online', 'online_kernel', 'online_movable'],
      stateMatch: 'exact',
      removable: 'always',
    },
    eject: { passes: 2, reonlines: 'yes' },
    mapping: { emptyTables: 'free', neverUsed: 'marked' },
  },
} satisfies Generation)
