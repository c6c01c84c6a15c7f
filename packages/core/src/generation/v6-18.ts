import type { Generation } from '../model/generation'
import { LINE_6_12 } from './v6-12'

/**
 * Linux 6.18 LTS. Source: spec/linux-6.12-to-7.3.md; recordings of 6.18.15.
 * @public
 */
export const V6_18: Generation = /* @__PURE__ */ LINE_6_12.preset([6, 18], {
  source: 'Linux 6.18.15, configured as by Debian',
  kernels: { from: [6, 18] },
})
