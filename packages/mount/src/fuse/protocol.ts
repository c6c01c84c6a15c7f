// The FUSE protocol, version 7.31: the kernel's requests, and the sizes of what is sent and answered.
// Source: fuse(4), include/uapi/linux/fuse.h.

/** What the kernel asks. */
export const OPCODE = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  POLL: 40,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
  READDIRPLUS: 44,
  RENAME2: 45,
} as const

/** The node id of the root. */
export const ROOT_ID = 1

/** Bytes of the header of a request (`fuse_in_header`). */
export const REQUEST_HEADER_BYTES = 40

/** Bytes of the header of an answer (`fuse_out_header`). */
export const ANSWER_HEADER_BYTES = 16

/** Bytes that one WRITE carries at most. A write(2) to a file of sysfs takes a page. */
export const MOST_WRITE_BYTES = 4096

/** Bytes of a directory that are told at once, at most. */
export const MOST_PART_BYTES = 32 * 1024

/** Bytes of the buffer that a request is read into: the kernel refuses less than 8 KiB. */
export const REQUEST_BYTES = 64 * 1024

/** Major and minor number of the protocol spoken here. */
export const VERSION = { major: 7, minor: 31 } as const

/** Abilities that INIT agrees on. */
export const INIT_FLAG = {
  ATOMIC_O_TRUNC: 1 << 3,
  DO_READDIRPLUS: 1 << 13,
  READDIRPLUS_AUTO: 1 << 14,
  PARALLEL_DIROPS: 1 << 18,
} as const

/** Reads and writes of the open file come here: the page cache keeps nothing of it. */
export const FOPEN_DIRECT_IO = 1

/** What the kernel keeps of the open file or directory is right still. Else it throws it away. */
export const FOPEN_KEEP_CACHE = 1 << 1

/** The kernel may keep what READDIR tells it. */
export const FOPEN_CACHE_DIR = 1 << 3

/**
 * Nothing is told when a descriptor is closed. Else a child of the process that serves, which closes what it inherited as it becomes a
 * program, would wait for an answer of its parent, and the parent for the child.
 */
export const FOPEN_NOFLUSH = 1 << 5

/** Tells the kernel that a name is gone, as one who watches the directory hears it. */
export const NOTIFY_DELETE = 6

/** Asks the kernel for what it keeps of a regular file. It answers by a request, NOTIFY_REPLY. */
export const NOTIFY_RETRIEVE = 5

/** Bits of SETATTR that change who may do what. A size, and times, are taken and change nothing, as in sysfs. */
export const SETATTR_OWNERSHIP = 0b111

/** Types of a file: bits of `st_mode`, and those of a directory entry. */
export const FILE_TYPE = {
  directory: { mode: 0o040000, entry: 4 },
  file: { mode: 0o100000, entry: 8 },
  link: { mode: 0o120000, entry: 10 },
  device: { mode: 0o020000, entry: 2 },
} as const
