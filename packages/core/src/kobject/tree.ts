import { textOfBytes } from '@memhp/kernel-files'
import type { ErrorCode } from '../errors/codes'
import type { Errno } from '../errors/errno'
import { HotplugError, isHotplugError } from '../errors/hotplug-error'
import type { Attribute, Directory, TreeNode } from '../model/directory'
import type { LocalTree, TreeChange, TreeEntry } from '../model/file-tree'

const LINK_LIMIT = 40

function refuse(code: ErrorCode, errno: Errno, path: string, what: string): HotplugError {
  return new HotplugError(code, errno, `${path}: ${what}`, { detail: { path } })
}

/** Whether a name in a path stands for the directory that it is looked up in. */
const leadsNowhere = (name: string): boolean => name === '' || name === '.'

/**
 * Walks to a path in which every name leads downwards, as nearly all do.
 * @returns null where one does not: at a link, `..`, or a file in the middle
 */
function descend(
  root: Directory,
  path: string,
  lastLink: 'follow' | 'keep',
): TreeNode | undefined | null {
  let node: TreeNode = root
  for (let start = 0; start < path.length; ) {
    const slash = path.indexOf('/', start)
    const end = slash === -1 ? path.length : slash
    const name = path.slice(start, end)
    start = end + 1
    if (leadsNowhere(name)) continue
    if (name === '..' || node.kind !== 'directory') return null
    const child: TreeNode | undefined = node.get(name)
    if (child === undefined) return undefined
    if (child.kind === 'link') return lastLink === 'keep' && slash === -1 ? child : null
    node = child
  }
  return node
}

/** Walks to a path. Links in the middle are followed, the last one only where `lastLink` says so. */
function walk(root: Directory, path: string, lastLink: 'follow' | 'keep'): TreeNode | undefined {
  const below = descend(root, path, lastLink)
  return below === null ? walkByLinks(root, path, lastLink) : below
}

function walkByLinks(
  root: Directory,
  path: string,
  lastLink: 'follow' | 'keep',
): TreeNode | undefined {
  const pending = path.split('/')
  pending.reverse()
  const parents: Directory[] = []
  let node: TreeNode = root
  let links = 0
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (leadsNowhere(name)) continue
    if (node.kind !== 'directory')
      throw refuse('NOT_A_DIRECTORY', 'ENOTDIR', path, 'not a directory')
    if (name === '..') {
      node = parents.pop() ?? root
      continue
    }
    const child: TreeNode | undefined = node.get(name)
    if (child === undefined) return undefined
    if (child.kind !== 'link' || (lastLink === 'keep' && pending.every(leadsNowhere))) {
      parents.push(node)
      node = child
      continue
    }
    links += 1
    if (links > LINK_LIMIT)
      throw refuse('TOO_MANY_LINKS', 'ELOOP', path, 'too many levels of symbolic links')
    pending.push(...child.target.split('/').reverse())
    if (child.target.startsWith('/')) {
      node = root
      parents.length = 0
    }
  }
  return node
}

/** Walks to what has to be there. */
function find(root: Directory, path: string, lastLink: 'follow' | 'keep'): TreeNode {
  const found = walk(root, path, lastLink)
  if (found === undefined) throw refuse('NO_SUCH_FILE', 'ENOENT', path, 'no such file or directory')
  return found
}

function file(root: Directory, path: string): Attribute {
  const found = find(root, path, 'follow')
  if (found.kind === 'directory') throw refuse('IS_A_DIRECTORY', 'EISDIR', path, 'is a directory')
  if (found.kind === 'link') throw refuse('NO_SUCH_FILE', 'ENOENT', path, 'dangling link')
  return found
}

/** What a path names; undefined where nothing is there, be it that the path leads through a file. */
function nodeAt(root: Directory, path: string, lastLink: 'follow' | 'keep'): TreeNode | undefined {
  try {
    return walk(root, path, lastLink)
  } catch (error) {
    if (isHotplugError(error) && error.code === 'NOT_A_DIRECTORY') return undefined
    throw error
  }
}

function entryOf(node: TreeNode): TreeEntry {
  if (node.kind === 'directory') return { kind: 'directory', mode: 0o755 }
  if (node.kind === 'link') return { kind: 'link', mode: 0o777 }
  return { kind: 'file', mode: node.mode }
}

/** Bytes that a file has at most to be read as one text: what is longer is for readers by position. */
const MOST_TEXT_BYTES = 2 ** 26
const PIECE_BYTES = 2 ** 18

/** All bytes of a file that is read by position, one character each. */
function wholeText(path: string, bytes: NonNullable<Attribute['bytes']>): string {
  let text = ''
  for (;;) {
    const piece = bytes(text.length, PIECE_BYTES)
    if (piece.length === 0) return text
    text += textOfBytes(piece)
    if (text.length > MOST_TEXT_BYTES)
      throw refuse('NOT_READABLE', 'EFBIG', path, 'too long to be read as one text')
  }
}

/**
 * A `LocalTree` over directories that compute their entries.
 * @param watch how a listener hears of changes; absent where the tree cannot change
 * @beta
 */
export function treeOf(
  root: Directory,
  watch?: (listener: (change: TreeChange) => void) => () => void,
): LocalTree {
  return {
    read(path) {
      const { show, bytes } = file(root, path)
      if (bytes !== undefined) return wholeText(path, bytes)
      if (show === undefined) throw refuse('NOT_READABLE', 'EACCES', path, 'cannot be read')
      return show()
    },
    write(path, text) {
      const { store } = file(root, path)
      if (store === undefined) throw refuse('NOT_WRITABLE', 'EACCES', path, 'cannot be written')
      // write(2) of no bytes calls no store function; of others it gets a string, which ends at its first NUL.
      if (text !== '') store(text.replace(/\0.*/s, ''))
    },
    list(path) {
      const found = find(root, path, 'follow')
      if (found.kind !== 'directory')
        throw refuse('NOT_A_DIRECTORY', 'ENOTDIR', path, 'not a directory')
      return found.names()
    },
    directory(path) {
      const found = nodeAt(root, path, 'follow')
      return found?.kind === 'directory' ? found : undefined
    },
    readlink(path) {
      const found = find(root, path, 'keep')
      if (found.kind !== 'link') throw refuse('NOT_A_LINK', 'EINVAL', path, 'not a link')
      return found.target
    },
    lookup(path) {
      const found = nodeAt(root, path, 'keep')
      return found === undefined ? undefined : entryOf(found)
    },
    ...(watch === undefined ? {} : { watch }),
  }
}
