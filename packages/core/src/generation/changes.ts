import type { Generation, KernelRelease } from '../model/generation'
import { compareReleases } from './release'

/** What of a generation a change may be made of. */
export type ChangedParts = Required<Pick<Generation, 'config' | 'rules' | 'log'>>

/** Releases that were seen to have a change, and to lack it; or those that were asked, and from which on they have it, until which. */
type Looks =
  | { readonly seen: readonly KernelRelease[]; readonly lacking: readonly KernelRelease[] }
  | {
      readonly asked: readonly KernelRelease[]
      readonly from: KernelRelease
      readonly until?: KernelRelease
    }

/**
 * A change that kernels brought after 6.12, and the releases that were looked at. From these follows whether another release
 * has it: the nearest of its series decides, else the newest before it, else the oldest of all.
 */
export interface KernelChange {
  /** As docs/kernels.md names it. */
  readonly name: string
  readonly what: string
  /** The architecture that it is of, as `uname -m` names it; absent: all. */
  readonly arch?: string
  readonly looks: Looks
  /** Null: nothing follows from it for a machine, so that it is told, and never assumed. */
  readonly change: ((parts: ChangedParts) => Partial<ChangedParts>) | null
}

/** Kernels of x86_64 that were asked one by one. Source: spec/linux-6.12-to-7.3.md. */
const ASKED: readonly KernelRelease[] = [
  [6, 12, 117],
  [6, 16, 12],
  [6, 17, 13],
  [6, 18, 15],
  [6, 19, 14],
  [7, 0, 13],
  [7, 1, 13],
  [7, 2, 12],
  [7, 3, 4],
]

/** Kernels whose device-dax was looked at. Source: guests with soft-reserved memory. */
const DAX_SEEN: readonly KernelRelease[] = [
  [6, 12, 117],
  [6, 16, 12],
  [6, 17, 13],
  [6, 18, 15],
  [7, 2, 13],
  [7, 3, 4],
]

/** By when they were first seen. */
export const CHANGES: readonly KernelChange[] = [
  {
    name: 'default-offline',
    what: 'Added blocks stay offline where nothing else is asked for (MHP_DEFAULT_ONLINE_TYPE).',
    looks: { asked: ASKED, from: [6, 16, 12], until: [6, 17, 13] },
    // Source: spec/linux-6.12-to-7.3.md.
    change: ({ config, rules }) => ({
      config: { ...config, common: { ...config.common, defaultOnlineType: 'offline' } },
      rules,
    }),
  },
  {
    name: 'offline-pages-unflagged',
    what: 'Entries of /proc/kpageflags of pages that are offline are 0, and not NOPAGE: a capture asks the state of their block.',
    looks: { asked: ASKED, from: [6, 16, 12] },
    // Source: spec/linux-6.12-to-7.3.md.
    change: ({ rules }) => ({
      rules: { ...rules, procfs: { ...rules.procfs, offlinePages: 'zero' } },
    }),
  },
  {
    name: 'dax-cut-told',
    what: 'The log tells how much of a dax device is left out, as it is not of whole blocks.',
    looks: { asked: DAX_SEEN, from: [6, 16, 12] },
    // Source: guests of all that were looked at.
    change: ({ log }) => ({
      log: {
        ...log,
        daxTruncated: {
          level: 'warn',
          text: 'kmem {device}: DAX region truncated by {cut} due to alignment',
        },
      },
    }),
  },
  {
    name: 'node-chain',
    what: 'A notifier chain of nodes is asked and told beside the memory chain.',
    looks: { asked: ASKED, from: [6, 17, 13] },
    // Source: spec/linux-6.12-to-7.3.md.
    change: ({ config, rules }) => ({
      config,
      rules: { ...rules, notifier: { ...rules.notifier, nodes: 'told' } },
    }),
  },
  {
    name: 'normal-memory-as-at-boot',
    what: 'has_normal_memory stays as boot found it.',
    looks: { asked: ASKED, from: [6, 17, 13], until: [6, 19, 14] },
    // Source: spec/linux-6.12-to-7.3.md; guests of 6.16.12, 6.17.13, 6.18.15 and 7.3.4.
    change: ({ config, rules }) => ({
      config,
      rules: { ...rules, online: { ...rules.online, normalMemory: 'as-at-boot' } },
    }),
  },
  {
    name: 'threads-on-node',
    what: 'Threads that a node gets with its first memory have their stacks in it, which never goes offline again where it is in a kernel zone.',
    looks: {
      seen: [
        [6, 18, 15],
        [7, 2, 13],
        [7, 3, 4],
      ],
      lacking: [[6, 12, 117]],
    },
    // Source: recordings of 6.18.15; guests of 6.12.117, 7.2.13 and 7.3.4.
    change: ({ rules }) => ({
      rules: { ...rules, online: { ...rules.online, threads: 'on-node' } },
    }),
  },
  {
    name: 'pageblock-types-kept',
    what: 'Pageblocks that were isolated are of the type again that they had before.',
    looks: {
      seen: [
        [7, 2, 13],
        [7, 3, 4],
      ],
      lacking: [[6, 12, 117]],
    },
    // Source: guests of all that were looked at.
    change: ({ rules }) => ({
      rules: { ...rules, allocator: { ...rules.allocator, isolated: 'as-before' } },
    }),
  },
  {
    name: 'node-reclaim',
    what: 'Memory of a node is reclaimed by a file, nodeN/reclaim.',
    looks: { asked: ASKED, from: [6, 17, 13] },
    // Source: spec/linux-6.12-to-7.3.md, answer 9; guests of 7.3.4.
    change: ({ rules }) => ({
      rules: { ...rules, sysfs: { ...rules.sysfs, nodeReclaim: 'file' } },
    }),
  },
  {
    name: 'node-before-blocks',
    what: 'A node is entered, and its uevent sent, before its first blocks are.',
    looks: { asked: ASKED, from: [6, 18, 15] },
    // Source: spec/linux-6.12-to-7.3.md; recordings of 6.18.15 and 7.3.4.
    change: ({ config, rules }) => ({
      config,
      rules: { ...rules, add: { ...rules.add, firstOfNode: 'before-blocks' } },
    }),
  },
  {
    name: 'no-prepare-events',
    what: 'MEM_PREPARE_ONLINE and MEM_FINISH_OFFLINE are gone from the memory chain.',
    looks: { asked: ASKED, from: [6, 19, 14] },
    // Source: probes of blocking_notifier_call_chain on all that were asked.
    change: ({ config, rules }) => ({
      config,
      rules: {
        ...rules,
        notifier: {
          ...rules.notifier,
          events: rules.notifier.events.filter(
            (event) => event !== 'MEM_PREPARE_ONLINE' && event !== 'MEM_FINISH_OFFLINE',
          ),
        },
      },
    }),
  },
  {
    name: 'poison-absent-busy',
    what: 'hard_offline_page of an address without memory answers EBUSY.',
    looks: { asked: ASKED, from: [6, 19, 14] },
    // Source: spec/linux-6.12-to-7.3.md; guests of 6.17.13, 6.18.15 and 7.3.4.
    change: ({ config, rules }) => ({
      config,
      rules: { ...rules, poison: { ...rules.poison, absent: 'EBUSY' } },
    }),
  },
  {
    name: 'movable-gigantic-pages',
    what: 'Gigantic pages of the pool are made of Movable, too, where vm.movable_gigantic_pages says so.',
    looks: { asked: ASKED, from: [7, 0, 13] },
    // Source: spec/linux-6.12-to-7.3.md; guests of 7.3.4.
    change: ({ rules }) => ({
      rules: { ...rules, allocator: { ...rules.allocator, giganticInMovable: 'by-setting' } },
    }),
  },
  {
    name: 'soft-reserved-unlisted',
    what: 'Soft-reserved memory has no line in /proc/iomem, and its devices are below one of the platform.',
    looks: { asked: DAX_SEEN, from: [7, 2, 13] },
    // Source: guests of all that were looked at.
    change: ({ rules }) => ({
      rules: { ...rules, dax: { ...rules.dax, line: 'none', parent: 'hmem_platform' } },
    }),
  },
  {
    name: 'dax-state',
    what: 'A file of a dax device, state, brings its memory and takes it away; the log has other words for memory that stays.',
    looks: { asked: DAX_SEEN, from: [7, 3, 4] },
    // Source: guests of all that were looked at.
    change: ({ rules, log }) => ({
      rules: { ...rules, dax: { ...rules.dax, state: 'by-file' } },
      log: {
        ...log,
        daxStuck: {
          level: 'warn',
          text: 'kmem {device}: mapping{mapping}: {start:#x}-{last:#x} stuck online until reboot',
        },
        daxAllStuck: {
          level: 'err',
          text: 'kmem {device}: Hotplug regions stuck online until reboot',
        },
        daxLeftOnline: {
          level: 'err',
          text: 'kmem {device}: hotremove failed, device left online: {errno}',
        },
      },
    }),
  },
  {
    name: 'wakeup-of-device',
    what: 'A device of firmware has no power directory, and the wakeup source of a PCI device is its own.',
    looks: { asked: ASKED, from: [7, 3, 4] },
    // Source: spec/linux-6.12-to-7.3.md; recordings of virtio-mem on 6.1 and 7.3.
    change: ({ config, rules }) => ({
      config,
      rules: { ...rules, device: { ...rules.device, wakeupSource: 'device' } },
    }),
  },
  {
    name: 'online-on-power',
    what: 'Kernels for POWER bring added blocks online by themselves (configuration).',
    arch: 'ppc64le',
    looks: { seen: [[7, 2, 13]], lacking: [[6, 12, 107]] },
    // Source: spec/linux-6.12-to-7.3.md; recordings of 6.12.107 and 7.2.13.
    change: ({ config, rules }) => ({
      config: without(config, 'ppc64le', ['defaultOnlineType']),
      rules,
    }),
  },
  {
    name: 'hash-direct-map-counted',
    what: '/proc/meminfo of POWER counts the direct map in a hash page table.',
    arch: 'ppc64le',
    looks: { seen: [[7, 2, 13]], lacking: [[6, 12, 107]] },
    // Source: spec/linux-6.12-to-7.3.md, answer 33; recordings of 7.2.13.
    change: ({ config, rules }) => ({
      config,
      rules: { ...rules, procfs: { ...rules.procfs, hashDirectMap: 'counted' } },
    }),
  },
  {
    name: 'storage-configured',
    what: 'Standby storage of s390 is configured by files, and blocks are of 128 MiB; what boot mapped is freed as it goes.',
    arch: 's390x',
    looks: { seen: [[7, 2, 13]], lacking: [[6, 12]] },
    // Source: spec/other-architectures-seen.md, sections 1 and 2; recordings of 7.2.13.
    change: ({ config, rules }) => ({
      config: {
        ...config,
        byArch: {
          ...config.byArch,
          s390x: { memoryFailure: false, crashHotplug: false, numa: false },
        },
      },
      rules: {
        ...rules,
        mapping: { ...rules.mapping, bootPages: 'freed', sectionBytes: 2 ** 27 },
        standby: { blocks: 'configured' },
      },
    }),
  },
  {
    name: 'part-of-leaf-stays',
    what: 'Memory of arm64 that shares a leaf of the kernel’s tables with other memory never goes offline.',
    arch: 'aarch64',
    looks: { seen: [[7, 3, 4]], lacking: [[6, 12, 117]] },
    // Source: spec/other-architectures-seen.md, section 3; recordings of 7.3.4.
    change: ({ config, rules }) => ({
      config,
      rules: { ...rules, offline: { ...rules.offline, partOfLeaf: 'refused' } },
    }),
  },
]

/** A release that was looked at, and whether it has a change. */
export interface Look {
  readonly release: KernelRelease
  readonly isThere: boolean
}

/** The releases that were looked at for a change, oldest first. */
export function looksOf({ looks }: KernelChange): readonly Look[] {
  if ('seen' in looks) {
    const { seen, lacking } = looks
    const found = [
      ...seen.map((release): Look => ({ release, isThere: true })),
      ...lacking.map((release): Look => ({ release, isThere: false })),
    ]
    return found.sort((a, b) => compareReleases(a.release, b.release))
  }
  const { asked, from, until } = looks
  return asked.map((release) => ({
    release,
    isThere:
      compareReleases(release, from) >= 0 &&
      (until === undefined || compareReleases(release, until) < 0),
  }))
}

/** Options of an architecture that are as those of others again. */
function without(
  config: Generation['config'],
  arch: string,
  options: readonly string[],
): Generation['config'] {
  const own = Object.entries(config.byArch[arch] ?? {})
  const left = Object.fromEntries(own.filter(([option]) => !options.includes(option)))
  return { ...config, byArch: { ...config.byArch, [arch]: left } }
}
