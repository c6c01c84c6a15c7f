import type { Generation } from '../model/generation'
import { defineGeneration } from './define-generation'
import { V6_1 } from './v6-1'

/**
 * Linux 6.1 before its stable release 6.1.83 of March 2024, and kernels from 5.14 on. Source: commit 793551c96511, "scan:
 * Fix device check notification handling"; logs of intel/nemu#48 and kata-containers/runtime#1841.
 * @public
 */
export const V6_1_82: Generation = /* @__PURE__ */ defineGeneration(() => ({
  ...V6_1,
  name: 'v6.1.82',
  source: 'Linux 6.1 to 6.1.82: 6.1 before device checks of refused memory became a success',
  kernels: {
    from: [5, 14],
    is: [6, 1],
    // Series that had ended before that change, and those that got it with a stable release: see v6.12.
    also: [
      [6, 2],
      [6, 3],
      [6, 4],
      [6, 5],
      [6, 6],
      [6, 7],
      [6, 8],
    ],
  },
  dropped: ['tile'],
  rules: {
    ...V6_1.rules,
    device: {
      ...V6_1.rules.device,
      checkOfRefused: 'device-check-fails',
      checkOfAttached: 'failure',
    },
  },
}))
