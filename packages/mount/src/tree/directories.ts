import type { TreeNode } from '@memhp/core/plugin'
import type { Fields } from '../fuse/fields'
import { FOPEN_CACHE_DIR, FOPEN_KEEP_CACHE } from '../fuse/protocol'
import { DirectoryPart, type KnownEntry, openAnswer } from '../fuse/structures'
import { isDevice } from './devices'
import type { OpenNodes } from './handles'
import type { Inode, Inodes } from './inodes'

/** Notes that the kernel looked an entry up. @returns what it is told of it */
type Know = (directory: Inode, name: string, node: TreeNode) => KnownEntry

/**
 * Directories that programs list, and what the kernel keeps of them: the names of a directory that numbers what it shows, as long as
 * the number is the same.
 */
export class Directories {
  readonly #inodes: Inodes
  readonly #open: OpenNodes
  readonly #know: Know

  constructor(inodes: Inodes, open: OpenNodes, know: Know) {
    this.#inodes = inodes
    this.#open = open
    this.#know = know
  }

  /** @returns what OPENDIR is answered with; undefined for what is not a directory */
  open(node: number): Uint8Array | undefined {
    const inode = this.#inodes.get(node)
    if (inode?.node.kind !== 'directory') return undefined
    const version = inode.node.version?.()
    const isSame = version !== undefined && version === inode.version
    inode.version = version
    const handle = this.#open.open({ kind: 'directory', listing: undefined })
    const keeps = version === undefined ? 0 : FOPEN_CACHE_DIR
    return openAnswer(handle, keeps | (isSame ? FOPEN_KEEP_CACHE : 0))
  }

  /**
   * Names are those of the moment when the first were read: what comes and goes meanwhile moves no entry.
   * @param body of READDIR, or of READDIRPLUS
   * @returns undefined for what is not an open directory
   */
  read(node: number, body: Fields, plus: boolean): Uint8Array | undefined {
    const inode = this.#inodes.get(node)
    const open = this.#open.directory(body.u64(0))
    if (inode?.node.kind !== 'directory' || open === undefined) return undefined
    const from = body.u64(8)
    const version = inode.node.version?.()
    if (from === 0 || open.listing === undefined)
      open.listing = { names: inode.node.names(), version }
    // The kernel may keep them beside what it was told by others: who opens the directory next is told anew.
    if (open.listing.version !== version) inode.version = undefined
    const { names } = open.listing
    const part = new DirectoryPart(body.u32(16), plus)
    const dots = [
      { name: '.', ino: inode.ino },
      { name: '..', ino: inode.parent?.ino ?? inode.ino },
    ]
    for (let at = from; at < names.length + dots.length; at++) {
      const dot = dots[at]
      if (dot !== undefined) {
        if (!part.add({ ...dot, kind: 'directory' }, at + 1, () => undefined)) break
        continue
      }
      const name = names[at - dots.length] ?? ''
      const child = inode.node.get(name)
      if (child === undefined) continue
      const kind = isDevice(child) ? ('device' as const) : child.kind
      const entry = { name, ino: this.#inodes.inoIn(inode, name), kind }
      // What the kernel knows it need not be told again.
      const known = (): KnownEntry | undefined =>
        inode.children.has(name) ? undefined : this.#know(inode, name, child)
      if (!part.add(entry, at + 1, known)) break
    }
    return part.bytes
  }
}
