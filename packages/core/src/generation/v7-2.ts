import type { Generation } from '../model/generation'
import { defineGeneration } from './define-generation'
import { V6_1 } from './v6-1'
import { V6_12 } from './v6-12'

/**
 * Linux 7.2: its rules so far. Source: spec/linux-6.12-to-7.3.md; spec/other-architectures-seen.md, section 2; recordings of
 * 7.2.13 on s390x.
 * @public
 */
export const V7_2: Generation = /* @__PURE__ */ defineGeneration(() => ({
  name: 'v7.2',
  source: 'Linux 7.2.13, configured as by Debian',
  kernels: { from: [6, 19], is: [7, 2] },
  dropped: V6_12.dropped,
  config: {
    common: V6_12.config.common,
    byArch: {
      x86_64: V6_12.config.byArch.x86_64 ?? {},
      s390x: { memoryFailure: false, crashHotplug: false, numa: false },
    },
  },
  rules: {
    ...V6_12.rules,
    notifier: V6_1.rules.notifier,
    mapping: { ...V6_12.rules.mapping, bootPages: 'freed', sectionBytes: 2 ** 27 },
    standby: { blocks: 'configured' },
    device: { ...V6_12.rules.device, wakeupSource: 'device' },
  },
  log: V6_12.log,
}))
