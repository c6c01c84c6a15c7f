/** A file of the tree. Its text is computed when it is read; a store throws `HotplugError` to refuse. @beta */
export interface Attribute {
  readonly kind: 'file'
  readonly mode: number
  show?(): string
  /**
   * Instead of `show`, of a file that is read by position: at most `length` bytes from an offset on, as pread(2) gives them; none
   * at its end.
   * @throws HotplugError what the kernel refuses of a position or a length
   */
  bytes?(offset: number, length: number): Uint8Array
  store?(text: string): void
}

/** A symbolic link of sysfs. @beta */
export interface Link {
  readonly kind: 'link'
  /** Text of the link, relative or absolute, as readlink(2) gives it. */
  readonly target: string
}

/**
 * A directory whose entries are computed on access. It may be kept, and its files too: they show what has
 * their path now. Where nothing has it, there are no names, and a file refuses to be read.
 * @beta
 */
export interface Directory {
  readonly kind: 'directory'
  /** Names in the tree's own order. */
  names(): readonly string[]
  /** The entry of this name; undefined where there is none. */
  get(name: string): TreeNode | undefined
  /**
   * For readers that come again: as long as this number is the same, so are the names, and what the entries show.
   * Undefined, or absent: not known.
   */
  version?(): number | undefined
}

/** An entry of a directory. @beta */
export type TreeNode = Attribute | Link | Directory
