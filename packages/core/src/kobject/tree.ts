import type { ErrorCode } from '../errors/codes'
import type { Errno } from '../errors/errno'
import { HotplugError } from '../errors/hotplug-error'
import type { LocalTree, TreeChange, TreeEntry } from '../tree/file-tree'
import type { Attribute, Directory, TreeNode } from './directory'

const LINK_LIMIT = 40

function refuse(code: ErrorCode, errno: Errno, path: string, what: string): HotplugError {
  return new HotplugError(code, errno, `${path}: ${what}`, { detail: { path } })
}

interface Found {
  readonly node: TreeNode
  /** Names that lead there with all links resolved. */
  readonly names: readonly string[]
}

/** Walks to a path. Links in the middle are followed, the last one only where `lastLink` says so. */
function walk(root: Directory, path: string, lastLink: 'follow' | 'keep'): Found | undefined {
  let pending = path.split('/').filter((name) => name !== '' && name !== '.')
  let trail: { name: string; directory: Directory }[] = []
  let node: TreeNode = root
  let links = 0
  while (pending.length > 0) {
    const [name = '', ...rest]: string[] = pending
    pending = rest
    if (node.kind !== 'directory')
      throw refuse('NOT_A_DIRECTORY', 'ENOTDIR', path, 'not a directory')
    if (name === '..') {
      node = trail.pop()?.directory ?? root
      continue
    }
    const child = node.get(name)
    if (child === undefined) return undefined
    if (child.kind === 'link' && (rest.length > 0 || lastLink === 'follow')) {
      links += 1
      if (links > LINK_LIMIT)
        throw refuse('TOO_MANY_LINKS', 'ELOOP', path, 'too many levels of symbolic links')
      pending = [...child.target.split('/').filter((part) => part !== '' && part !== '.'), ...rest]
      if (child.target.startsWith('/')) {
        node = root
        trail = []
      }
      continue
    }
    trail.push({ name, directory: node })
    node = child
  }
  return { node, names: trail.map((step) => step.name) }
}

function file(root: Directory, path: string): Attribute {
  const found = walk(root, path, 'follow')
  if (found === undefined) throw refuse('NO_SUCH_FILE', 'ENOENT', path, 'no such file or directory')
  if (found.node.kind === 'directory')
    throw refuse('IS_A_DIRECTORY', 'EISDIR', path, 'is a directory')
  if (found.node.kind === 'link') throw refuse('NO_SUCH_FILE', 'ENOENT', path, 'dangling link')
  return found.node
}

function entryOf(node: TreeNode): TreeEntry {
  if (node.kind === 'directory') return { kind: 'directory', mode: 0o755 }
  if (node.kind === 'link') return { kind: 'link', mode: 0o777 }
  return { kind: 'file', mode: node.mode }
}

/**
 * A `LocalTree` over directories that compute their entries.
 * @param watch how a listener hears of changes; absent where the tree cannot change
 */
export function treeOf(
  root: Directory,
  watch?: (listener: (change: TreeChange) => void) => () => void,
): LocalTree {
  return {
    read(path) {
      const { show } = file(root, path)
      if (show === undefined) throw refuse('NOT_READABLE', 'EACCES', path, 'cannot be read')
      return show()
    },
    write(path, text) {
      const { store } = file(root, path)
      if (store === undefined) throw refuse('NOT_WRITABLE', 'EACCES', path, 'cannot be written')
      // write(2) of no bytes calls no store function.
      if (text !== '') store(text)
    },
    list(path) {
      const found = walk(root, path, 'follow')
      if (found === undefined)
        throw refuse('NO_SUCH_FILE', 'ENOENT', path, 'no such file or directory')
      if (found.node.kind !== 'directory')
        throw refuse('NOT_A_DIRECTORY', 'ENOTDIR', path, 'not a directory')
      return found.node.names()
    },
    readlink(path) {
      const found = walk(root, path, 'keep')
      if (found === undefined)
        throw refuse('NO_SUCH_FILE', 'ENOENT', path, 'no such file or directory')
      if (found.node.kind !== 'link') throw refuse('NOT_A_LINK', 'EINVAL', path, 'not a link')
      return found.node.target
    },
    lookup(path) {
      const found = walk(root, path, 'keep')
      return found === undefined ? undefined : entryOf(found.node)
    },
    ...(watch === undefined ? {} : { watch }),
  }
}
