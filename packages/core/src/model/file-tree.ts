import type { Directory } from './directory'

/** A value, or a promise of one: local trees answer at once, live hosts and guests do not. @public */
export type Awaitable<T> = T | Promise<T>

/** What a path names. `mode` holds the permission bits only, as `stat(2)` gives them. @public */
export interface TreeEntry {
  readonly kind: 'directory' | 'file' | 'link'
  readonly mode: number
}

/** What a directory holds. All lists are in the order of the names. @public */
export interface DirectoryContents {
  /** As `list` gives them. */
  readonly names: readonly string[]
  /** `other`: a device, a FIFO, a socket. */
  readonly kinds: readonly (TreeEntry['kind'] | 'other')[]
  /** Of wanted files. Undefined for all else, and where a file could not be read: `read` tells why. */
  readonly texts: readonly (string | undefined)[]
  /** Of files of which the text is there; empty unless asked for. */
  readonly modes: readonly (number | undefined)[]
}

/** What is asked of a directory besides its names. @public */
export interface ContentsAsked {
  /** Whether the text of a file of this name is wanted. */
  readonly wanted: (name: string) => boolean
  readonly modes: boolean
}

/** A change below a watched path. @public */
export interface TreeChange {
  /** The kernel's action word: `add`, `remove`, `online`, `offline`, `change`, … */
  readonly action: string
  /** Absolute path of what changed. */
  readonly path: string
}

/**
 * Linux's interface to memory hot-plug as one tree of text files: `/sys` and `/proc`.
 * The machine in this process, a capture, a live host and a guest each offer one, and every
 * client (listing, planning, applying) is written once against it.
 *
 * Paths are absolute, `/`-separated and follow links, as in `/sys/devices/system/memory/memory32/state`.
 * Every method throws `HotplugError` with the errno that the system call would give
 * (`ENOENT`, `ENOTDIR`, `EISDIR`, `EACCES`, or what the file's own store function answers).
 * @public
 */
export interface FileTree {
  /**
   * The whole text of a file, with its final newline where the kernel prints one; of binary files (of the device tree,
   * /proc/kpageflags), one character for each byte (`isBinaryFile`).
   */
  read(path: string): Awaitable<string>
  /** One `write(2)` of the whole text. */
  write(path: string, text: string): Awaitable<void>
  /** The names in a directory, in the tree's own stable order. */
  list(path: string): Awaitable<readonly string[]>
  /** The text of a link, not resolved. Throws `EINVAL` for what is not a link. */
  readlink(path: string): Awaitable<string>
  /** What a path names, the last component not followed; undefined where nothing is there. */
  lookup(path: string): Awaitable<TreeEntry | undefined>
  /**
   * The names in a directory, with the texts of files in it: of a large directory, or of many, far cheaper than to ask for each. Absent
   * where a tree has nothing better than `list`, `lookup` and `read`.
   */
  contents?(path: string, asked: ContentsAsked): Awaitable<DirectoryContents>
  /** Calls `listener` for each change until the returned function is called. Absent where a tree cannot change. */
  watch?(listener: (change: TreeChange) => void): () => void
}

/** A tree that answers at once: the machine in this process, or a capture. @public */
export interface LocalTree extends FileTree {
  read(path: string): string
  write(path: string, text: string): void
  list(path: string): readonly string[]
  readlink(path: string): string
  lookup(path: string): TreeEntry | undefined
  /** What `openDirectory` opens. Absent where a tree has nothing better than to walk each path from its root. */
  directory?(path: string): Directory | undefined
}
