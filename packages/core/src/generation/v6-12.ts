import { LOG_6_1 } from '../kernel-log/words-6-1'
import type { Generation } from '../model/generation'
import { CODE_SINCE_6_12 } from '../since-6-12/code'
import { STEPS_SINCE_6_12 } from '../since-6-12/steps'
import { type KernelLine, kernelLine } from './kernel-line'
import { V6_1 } from './v6-1'

/** What kernels since 6.12 have in common, but for the changes that came later. */
export const LINE_6_12: KernelLine = /* @__PURE__ */ kernelLine(() => ({
  dropped: ['tile', 'ia64'],
  steps: STEPS_SINCE_6_12,
  later: CODE_SINCE_6_12,
  config: {
    common: {
      memoryProbe: true,
      memoryFailure: true,
      zoneDevice: true,
      pageCgroup: null,
      crashHotplug: true,
      numa: true,
      memmapOnMemory: true,
      defaultOnlineType: 'online',
    },
    byArch: {
      x86_64: { memoryProbe: false },
      ppc64le: { defaultOnlineType: 'offline' },
      aarch64: { crashHotplug: false },
      riscv64: { memoryFailure: false, crashHotplug: false },
      loongarch64: { memoryFailure: false, crashHotplug: false },
      s390x: {
        memoryFailure: false,
        zoneDevice: false,
        numa: false,
        defaultOnlineType: 'offline',
      },
    },
  },
  rules: {
    ...V6_1.rules,
    memmapOnMemory: { words: ['N', 'Y', 'force'], unit: 'block', unfit: 'ignored' },
    online: { ...V6_1.rules.online, poisoned: 'refused' },
    // Source: guests of 6.12 and 7.3.4.
    offline: { ...V6_1.rules.offline, partOfGigantic: 'goes' },
    // Source: guests of 6.12 and 7.3.4.
    sysfs: { ...V6_1.rules.sysfs, pageFailures: 'counted' },
    notifier: {
      ...V6_1.rules.notifier,
      events: ['MEM_PREPARE_ONLINE', ...V6_1.rules.notifier.events, 'MEM_FINISH_OFFLINE'],
    },
    eject: { ...V6_1.rules.eject, container: 'announced' },
    mapping: { ...V6_1.rules.mapping, halfPageTables: 'apart', windowMemmap: 'vmemmap' },
    // Source: guests of 6.12, 7.3.4; virtio_mem_cleanup_pending_mb, drivers/virtio/virtio_mem.c 6.6
    resizable: { ...V6_1.rules.resizable, emptied: 'retried' },
    dax: {
      ...V6_1.rules.dax,
      softReserved: 'system-ram',
      line: 'alone',
      memmapOnMemory: 'by-file',
      // Source: guests of 6.12, 6.16, 6.18, 7.2 and 7.3.4.
      oddMapping: 'ignored',
    },
  },
  log: {
    ...LOG_6_1,
    probeFailed: {
      level: 'err',
      text: '{driver} {device}: probe with driver {driver} failed with error {errno}',
    },
  },
}))

/**
 * Linux 6.12 LTS. Source: spec/linux-6.12-to-7.3.md; spec/linux-6.1-memory-hotplug.md, section 10 and what it says of 6.12;
 * recordings of 6.12.117.
 * @public
 */
export const V6_12: Generation = /* @__PURE__ */ LINE_6_12.preset([6, 12], {
  source: 'Linux 6.12.117, configured as by Debian 13',
  kernels: {
    from: [6, 9],
    // Stable releases with the change to device checks that 6.1.83 brought. Source: the lists of their commits that were mailed
    // for review on 24 March 2024 (6.6.23-rc1, 6.7.11-rc1 as df66bb362ab1, 6.8.2-rc1 as b7f568d495f5).
    also: [
      [6, 6, 23],
      [6, 7, 11],
      [6, 8, 2],
    ],
  },
})
