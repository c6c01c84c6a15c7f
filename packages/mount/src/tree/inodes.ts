import type { Directory, TreeNode } from '@memhp/core/plugin'
import { ROOT_ID } from '../fuse/protocol'
import type { Attributes } from '../fuse/structures'

/** A node of the tree that the kernel knows by a number. */
export interface Inode {
  readonly id: number
  /** `st_ino`: the same each time for a path. */
  readonly ino: number
  readonly name: string
  readonly parent: Inode | undefined
  readonly node: TreeNode
  /** Lookups that the kernel has not forgotten. */
  lookups: number
  /** Entries of a directory that the kernel knows. */
  readonly children: Map<string, Inode>
  /** What stat(2) tells: the same for as long as it is known. */
  attributes?: Attributes
  /** Whether a file's text stands for bytes. */
  isBinary?: boolean
  /** What a directory showed when it was last opened, by its number; undefined where the kernel may keep older names. */
  version?: number | undefined
}

const PRIME = 0x01000193
const SEED = 0x811c9dc5
const HIGH_BITS = 2 ** 20

/** FNV-1a of a name over the number of its directory, in two parts: 52 bits, so that no two paths of a machine meet. */
function inoOf(directory: number, name: string): number {
  let low = (SEED ^ directory) >>> 0
  let high = (SEED ^ Math.floor(directory / 2 ** 32) ^ 0x5bd1e995) >>> 0
  for (let i = 0; i < name.length; i++) {
    low = Math.imul(low ^ name.charCodeAt(i), PRIME) >>> 0
    high = Math.imul(high ^ name.charCodeAt(i) ^ (low >>> 24), PRIME) >>> 0
  }
  return (high % HIGH_BITS) * 2 ** 32 + low
}

/** The nodes that the kernel knows, by number and by path. */
export class Inodes {
  readonly root: Inode
  readonly #byId = new Map<number, Inode>()
  /** A regular file that was opened, and of which the kernel has forgotten nothing since. */
  openedFile: number | undefined
  #nextId = ROOT_ID + 1

  constructor(root: Directory) {
    this.root = {
      id: ROOT_ID,
      ino: ROOT_ID,
      name: '',
      parent: undefined,
      node: root,
      lookups: 1,
      children: new Map(),
    }
    this.#byId.set(ROOT_ID, this.root)
  }

  get(id: number): Inode | undefined {
    return this.#byId.get(id)
  }

  /** The number that stat(2) shows for an entry of a directory. */
  inoIn(directory: Inode, name: string): number {
    return directory.children.get(name)?.ino ?? inoOf(directory.ino, name)
  }

  /** Notes that the kernel looked an entry up. */
  lookUp(directory: Inode, name: string, node: TreeNode): Inode {
    let child = directory.children.get(name)
    if (child === undefined || child.node.kind !== node.kind) {
      child = {
        id: this.#nextId++,
        ino: inoOf(directory.ino, name),
        name,
        parent: directory,
        node,
        lookups: 0,
        children: new Map(),
      }
      directory.children.set(name, child)
      this.#byId.set(child.id, child)
    }
    child.lookups += 1
    return child
  }

  /** Notes that the kernel forgets lookups; a node without any is dropped. */
  forget(id: number, lookups: number): void {
    if (id === this.openedFile) this.openedFile = undefined
    const inode = this.#byId.get(id)
    if (inode?.parent === undefined) return
    inode.lookups -= lookups
    if (inode.lookups > 0) return
    this.#byId.delete(id)
    if (inode.parent.children.get(inode.name) === inode) inode.parent.children.delete(inode.name)
  }

  /** The node of a path that the kernel knows; undefined where it has not looked it up. */
  known(path: string): Inode | undefined {
    let inode: Inode | undefined = this.root
    for (const name of path.split('/').filter((part) => part !== '')) {
      inode = inode?.children.get(name)
    }
    return inode
  }

  /** Known nodes below the root that are gone from their directories; of those below a gone one only that. */
  gone(): readonly Inode[] {
    const found: Inode[] = []
    const visit = (inode: Inode): void => {
      if (inode.node.kind !== 'directory') return
      for (const child of inode.children.values()) {
        if (inode.node.get(child.name) === undefined) found.push(child)
        else visit(child)
      }
    }
    visit(this.root)
    return found
  }
}

/** The absolute path of a node. */
export function pathOf(inode: Inode): string {
  const names: string[] = []
  for (let at = inode; at.parent !== undefined; at = at.parent) names.push(at.name)
  return `/${names.reverse().join('/')}`
}
