/** What `format` says in every capture file. */
export const CAPTURE_FORMAT = 'memhp-capture'
/** The version that this release writes, and the only one it reads. */
export const CAPTURE_VERSION = 1

/** Permission bits of files of which a capture says nothing else. */
export const DEFAULT_FILE_MODE = '444'

/** Facts of /proc/cpuinfo that decide how the kernel maps memory. */
export interface CpuFacts {
  /**
   * Those of `CPU_FLAGS` that the first processor has. The kernel shows `la57` only while it runs on five levels.
   * Source: arch/x86/kernel/cpu/common.c, Linux 6.1.
   */
  readonly flags: readonly string[]
  /** The `MMU` or `mmu` line where there is one: `Radix` or `Hash` (Power), `sv57` (riscv). */
  readonly mmu?: string
}

/** The flags of /proc/cpuinfo that a capture keeps. */
export const CPU_FLAGS: readonly string[] = ['hypervisor', 'la57', 'pdpe1gb', 'pse']

/** Something of the host that could not be read. */
export interface Unreadable {
  readonly path: string
  /** Name of the errno: `EACCES`. */
  readonly errno: string
  /** What a twin takes for true instead, as a sentence. */
  readonly assume: string
}

/** Something that was read and left out on purpose, or made unrecognisable. */
export interface Redaction {
  readonly path: string
  /** What was done, as a sentence. */
  readonly what: string
}

/**
 * What a page is used for, as far as /proc/kpageflags tells. Each page counts in one class: the first that fits.
 *
 * | class | flags |
 * | --- | --- |
 * | hole | NOPAGE, beyond the end of the file, or of a block that is offline (whose entries are 0 since Linux 6.16): no memmap, or offline |
 * | poisoned | HWPOISON |
 * | withheld | OFFLINE: kept back by a balloon or by virtio-mem |
 * | free | BUDDY |
 * | reserved | RESERVED: reserved at boot, or a hole in an online section |
 * | slab | SLAB |
 * | pageTable | PGTABLE |
 * | hugetlb | HUGE, in use or free |
 * | anonymous | ANON or KSM |
 * | file | LRU, THP, SWAPBACKED or UPTODATE: page cache and tmpfs |
 * | other | any other flag: the kernel's own |
 * | unflagged | none: the kernel's own, or free in a per-CPU list |
 *
 * Source: fs/proc/page.c, include/uapi/linux/kernel-page-flags.h, Linux 6.1.
 */
export const PAGE_CLASSES = [
  'hole',
  'poisoned',
  'withheld',
  'free',
  'reserved',
  'slab',
  'pageTable',
  'hugetlb',
  'anonymous',
  'file',
  'other',
  'unflagged',
] as const

/** One of `PAGE_CLASSES`. */
export type PageClass = (typeof PAGE_CLASSES)[number]

/** The pages of one memory block. */
export interface BlockPages {
  readonly id: number
  /** Pages by class; classes without pages are left out. Invariant: they add up to the pages of a block. */
  readonly counts: Readonly<Partial<Record<PageClass, number>>>
  /**
   * Chunks of free memory by order, as the buddy allocator would hold them: the free runs cut into naturally
   * aligned chunks, none above `maxOrder`. Left out where nothing is free.
   */
  readonly freeChunks?: readonly number[]
}

/** What /proc/kpageflags said, block by block. */
export interface PageSummary {
  readonly pageBytes: number
  /** Largest order of a free chunk; one less than the columns of /proc/buddyinfo. */
  readonly maxOrder: number
  /** Ascending by id. */
  readonly blocks: readonly BlockPages[]
}

/**
 * One host's memory state in one file. Plain data: `JSON.stringify` writes it, `parseCapture` reads and checks it.
 * Paths are absolute, of the host, and free of links: a file is kept where it is, and `links` leads to it.
 */
export interface Capture {
  readonly format: typeof CAPTURE_FORMAT
  readonly version: typeof CAPTURE_VERSION
  /** When it was taken: UTC, as in `2026-11-22T21:47:00Z`. */
  readonly takenAt?: string
  /** What took it. */
  readonly tool: string
  /** What `uname -m` prints: `x86_64`, `ppc64le`, `s390x`. */
  readonly arch: string
  /** What `uname -r` prints. */
  readonly kernelRelease: string
  /** Left out unless asked for. */
  readonly hostname?: string
  readonly notes?: string
  readonly cpu?: CpuFacts
  /** The text of each file by path, with its final newline. */
  readonly files: Readonly<Record<string, string>>
  /** The text of each link by path. */
  readonly links: Readonly<Record<string, string>>
  /** Directories that hold nothing of the above. */
  readonly directories: readonly string[]
  /** Permission bits of a file that `modes` does not name, in octal, without leading zeros; default 444. */
  readonly fileMode?: string
  /**
   * Permission bits in octal, without leading zeros, where they are not `fileMode`. A file that is only named here and grants no one
   * reading (`200`) exists and has no text: `eject`, `probe`.
   */
  readonly modes: Readonly<Record<string, string>>
  readonly unreadable: readonly Unreadable[]
  readonly redacted: readonly Redaction[]
  /** Absent where /proc/kpageflags was not read. */
  readonly pages?: PageSummary
}
