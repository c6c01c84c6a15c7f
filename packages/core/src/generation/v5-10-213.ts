import type { Generation } from '../model/generation'
import { defineGeneration } from './define-generation'
import { V5_10 } from './v5-10'
import { V6_1_82 } from './v6-1-82'

/**
 * Linux 5.10 before its stable release 5.10.214 of March 2024, and kernels from 4.13 on: device checks as 6.1 had them until then.
 * @public
 */
export const V5_10_213: Generation = /* @__PURE__ */ defineGeneration(() => {
  const { checkOfRefused, checkOfAttached } = V6_1_82.rules.device
  return {
    ...V5_10,
    name: 'v5.10.213',
    source: 'Linux 5.10 to 5.10.213: 5.10 before device checks of refused memory became a success',
    kernels: {
      from: [4, 13],
      is: [5, 10],
      // Series that had ended before that change.
      also: [
        [5, 11],
        [5, 12],
        [5, 13],
      ],
    },
    rules: {
      ...V5_10.rules,
      device: { ...V5_10.rules.device, checkOfRefused, checkOfAttached },
    },
  }
})
