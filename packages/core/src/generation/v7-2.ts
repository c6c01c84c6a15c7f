import type { Generation } from '../model/generation'
import { LINE_6_12 } from './v6-12'

/**
 * Linux 7.2. Source: spec/linux-6.12-to-7.3.md; spec/other-architectures-seen.md, section 2; recordings of 7.2.13.
 * @public
 */
export const V7_2: Generation = /* @__PURE__ */ LINE_6_12.preset([7, 2], {
  source: 'Linux 7.2.13, configured as by Debian',
  kernels: { from: [7, 2] },
})
