import type { Errno } from '@memhp/core'
import type { ReasonKind } from '../predict/reason'

/** What was asked of the kernel when it answered with an errno. */
export type ErrnoOperation = 'offline' | 'online' | 'add' | 'remove' | 'any'

/** One thing that an errno can mean where memory comes or goes. */
export interface ErrnoMeaning {
  readonly operation: ErrnoOperation
  /** Why, as a clause. */
  readonly because: string
  /** Reasons of `REASONS` that give this errno; empty where none of them does. */
  readonly kinds: readonly ReasonKind[]
  /** What helps, where the reasons do not say. */
  readonly remedies: readonly string[]
}

const meaning = (
  operation: ErrnoOperation,
  because: string,
  { kinds = [], remedies = [] }: Partial<Pick<ErrnoMeaning, 'kinds' | 'remedies'>>,
): ErrnoMeaning => ({ operation, because, kinds, remedies })

const AS_ROOT = meaning('any', 'the writer is not root of this machine', {
  remedies: ['write as root'],
})

/**
 * What each errno can mean, most frequent first.
 * Source: spec 4.1 to 4.3 and 5; seen on 3.10, 6.1, 6.12 to 7.3 (spec/linux-6.12-to-7.3.md) and on arm64, POWER, s390x.
 */
export const ERRNO_MEANINGS: Readonly<Partial<Record<Errno, readonly ErrnoMeaning[]>>> = {
  EBUSY: [
    meaning('offline', 'a page of the block can neither move nor go; the kernel’s log has a dump', {
      kinds: ['kernel-memory', 'reserved-at-boot', 'page-table', 'crash-kernel', 'kernel-image'],
    }),
    meaning(
      'offline',
      'a driver refused when the kernel asked it, and may keep part of the block',
      {
        kinds: ['notifier', 'withheld'],
      },
    ),
    meaning('offline', 'memory of the block is set aside for contiguous allocation (CMA)', {
      kinds: ['contiguous-memory'],
    }),
    meaning('offline', 'huge pages find no place elsewhere', { kinds: ['huge-pages'] }),
    meaning('offline', 'another isolates pages of the block at the same time', {
      kinds: ['isolated'],
    }),
    meaning('remove', 'a block of the device did not go offline', {
      remedies: ['ask for the device or the block by its name: that says which page stays'],
    }),
  ],
  EINVAL: [
    meaning('offline', 'the block has addresses that are not System RAM; the log says nothing', {
      kinds: ['hole'],
    }),
    meaning('offline', 'the block has pages of more than one zone; the log says nothing', {
      kinds: ['mixed-zones'],
    }),
    meaning('any', 'the block is in that state already, or the file does not know the word', {
      remedies: ['read state first; the words are offline, online, online_kernel, online_movable'],
    }),
    meaning('online', 'kernels before 4.13 refuse a zone that the block does not touch', {
      remedies: ['read valid_zones: it names the zones that the block may join'],
    }),
    meaning('add', 'the range is not a whole number of memory blocks, or nothing is there to add', {
      remedies: ['read block_size_bytes, and add a multiple of it at a multiple of it'],
    }),
  ],
  EAGAIN: [
    meaning('offline', 'pages of the block did not come free in time (kernels before 5.0)', {
      kinds: ['pinned', 'kernel-memory'],
      remedies: ['try it again, or another block'],
    }),
  ],
  ENOMEM: [
    meaning('add', 'there is no kernel memory for the struct pages: 1.6 % of what is added', {
      remedies: ['add less at once', 'set memory_hotplug.memmap_on_memory at the next boot'],
    }),
    meaning('online', 'a driver had no memory when the kernel asked it', { kinds: ['notifier'] }),
    meaning('offline', 'huge pages find no place elsewhere', { kinds: ['huge-pages', 'no-room'] }),
  ],
  EPERM: [
    meaning('offline', 'arm64 never lets memory of boot go', { kinds: ['boot-memory'] }),
    meaning('add', 'POWER: the block of this index is there already', {
      remedies: ['list the devices: memhp show device'],
    }),
    AS_ROOT,
  ],
  EIO: [
    meaning('online', 's390x: the hypervisor did not assign the storage', {
      remedies: ['look for “assign storage failed” in the log; ask for less, or at another time'],
    }),
    meaning('remove', 'firmware’s method failed', {
      remedies: ['look for “Eject failed” in the log, and ask the hypervisor’s'],
    }),
  ],
  EHWPOISON: [
    meaning(
      'online',
      'a page of the block had a hardware error, and the kernel is one that refuses such blocks: 6.12 and later do, 6.1 does not',
      {
        remedies: [
          'leave the block offline, or replace the device: a new one at the same addresses comes online',
        ],
      },
    ),
  ],
  EINTR: [
    meaning('offline', 'a signal ended it while the kernel went on trying', {
      kinds: ['no-room', 'pinned', 'interrupted'],
    }),
  ],
  EEXIST: [
    meaning('add', 'memory is there already at these addresses', {
      remedies: ['look at /proc/iomem and memhp list'],
    }),
  ],
  ENODEV: [
    meaning('any', 'the block or device went away meanwhile', {
      remedies: ['list again: memhp list'],
    }),
  ],
  ENOENT: [
    meaning('any', 'there is no such block, or the kernel has no memory hot-plug', {
      remedies: ['list the blocks: memhp list', 'look for CONFIG_MEMORY_HOTPLUG=y'],
    }),
  ],
  ENXIO: [
    meaning('any', 'there is no page at this address (soft_offline_page, hard_offline_page)', {
      remedies: ['give the physical address of a page of an online block'],
    }),
  ],
  EACCES: [AS_ROOT],
  EROFS: [
    meaning('any', '/sys is mounted read-only, as containers have it', {
      remedies: ['write on the host, outside the container'],
    }),
  ],
  EOPNOTSUPP: [
    meaning('remove', 'the kernel or this firmware cannot remove memory', {
      kinds: ['unsupported'],
    }),
  ],
}
