import { ERRNO, type Errno, HotplugError, type LocalTree, type TreeEntry } from '@memhp/core'
import { compareNatural } from '@memhp/kernel-files'
import type { Capture } from './format'
import { pathNames } from './path'
import { buildNodes, type DirectoryNode, type FileNode, type TreeNode } from './tree-nodes'

/** Links that the kernel follows in one path (MAXSYMLINKS). Source: include/linux/namei.h, Linux 6.1. */
const MOST_LINKS = 40
const LINK_MODE = 0o777

const noSuchFile = (path: string): HotplugError =>
  new HotplugError('NO_SUCH_FILE', 'ENOENT', `${path}: No such file or directory`, {
    detail: { path },
  })

const notADirectory = (path: string): HotplugError =>
  new HotplugError('NOT_A_DIRECTORY', 'ENOTDIR', `${path}: Not a directory`, { detail: { path } })

const isErrno = (name: string): name is Errno => Object.hasOwn(ERRNO, name)

function notReadable(path: string, { errno = 'EACCES' }: FileNode): HotplugError {
  const known = isErrno(errno) ? errno : 'EIO'
  return new HotplugError('NOT_READABLE', known, `${path}: cannot be read (${errno})`, {
    detail: { path, errno },
  })
}

/** Walks paths as the kernel does: one component at a time, `..` from where a link has led. */
class Resolver {
  readonly #root: DirectoryNode

  constructor(root: DirectoryNode) {
    this.#root = root
  }

  /**
   * @param last whether a link in the last place is followed
   * @throws HotplugError NO_SUCH_FILE, NOT_A_DIRECTORY, TOO_MANY_LINKS
   */
  resolve(path: string, last: 'follow' | 'keep'): TreeNode {
    const todo = pathNames(path).reverse()
    const walked: TreeNode[] = [this.#root]
    let links = 0
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      const here = walked.at(-1)
      if (here?.kind !== 'directory') throw notADirectory(path)
      if (name === '.') continue
      if (name === '..') {
        if (walked.length > 1) walked.pop()
        continue
      }
      const next = here.entries.get(name)
      if (next === undefined) throw noSuchFile(path)
      if (next.kind !== 'link' || (last === 'keep' && todo.length === 0)) {
        walked.push(next)
        continue
      }
      links += 1
      if (links > MOST_LINKS) {
        throw new HotplugError(
          'TOO_MANY_LINKS',
          'ELOOP',
          `${path}: Too many levels of symbolic links`,
          {
            detail: { path },
          },
        )
      }
      if (next.target.startsWith('/')) walked.splice(1)
      todo.push(...pathNames(next.target).reverse())
    }
    return walked.at(-1) ?? this.#root
  }
}

/** The names of directories, sorted when first asked for. */
class NameLists {
  readonly #lists = new WeakMap<DirectoryNode, readonly string[]>()

  of(node: DirectoryNode): readonly string[] {
    const known = this.#lists.get(node)
    if (known !== undefined) return known
    const names = [...node.entries.keys()].sort(compareNatural)
    this.#lists.set(node, names)
    return names
  }
}

/**
 * The captured host as a file tree. Reading what the capture lists as unreadable fails as it did on the host;
 * every write fails with EROFS. Names are listed in natural order: memory2 before memory10.
 */
export function captureTree(capture: Capture): LocalTree {
  const resolver = new Resolver(buildNodes(capture))
  const names = new NameLists()
  return {
    read(path) {
      const node = resolver.resolve(path, 'follow')
      if (node.kind !== 'file') {
        throw new HotplugError('IS_A_DIRECTORY', 'EISDIR', `${path}: Is a directory`, {
          detail: { path },
        })
      }
      if (node.text === undefined) throw notReadable(path, node)
      return node.text
    },
    write(path) {
      throw new HotplugError('NOT_WRITABLE', 'EROFS', `${path}: a capture cannot be written`, {
        detail: { path },
      })
    },
    list(path) {
      const node = resolver.resolve(path, 'follow')
      if (node.kind !== 'directory') throw notADirectory(path)
      return names.of(node)
    },
    readlink(path) {
      const node = resolver.resolve(path, 'keep')
      if (node.kind !== 'link') {
        throw new HotplugError('NOT_A_LINK', 'EINVAL', `${path}: no link`, { detail: { path } })
      }
      return node.target
    },
    lookup: (path) => lookup(resolver, path),
  }
}

function lookup(resolver: Resolver, path: string): TreeEntry | undefined {
  try {
    const node = resolver.resolve(path, 'keep')
    return { kind: node.kind, mode: node.kind === 'link' ? LINK_MODE : node.mode }
  } catch (error) {
    if (error instanceof HotplugError && error.code !== 'TOO_MANY_LINKS') return undefined
    throw error
  }
}
