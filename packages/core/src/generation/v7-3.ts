import type { Generation } from '../model/generation'
import { LINE_6_12 } from './v6-12'

/**
 * Linux 7.3. Source: spec/linux-6.12-to-7.3.md; recordings of 7.3.4.
 * @public
 */
export const V7_3: Generation = /* @__PURE__ */ LINE_6_12.preset([7, 3], {
  source: 'Linux 7.3.4, configured as by Debian',
  kernels: { from: [7, 3] },
})
