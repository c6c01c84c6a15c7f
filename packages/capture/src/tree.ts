import { ERRNO, type Errno, HotplugError, type LocalTree } from '@memhp/core'
import { type Directory, type TreeNode, treeOf } from '@memhp/core/plugin'
import { compareNatural } from '@memhp/kernel-files'
import { type Capture, DEFAULT_FILE_MODE } from './format'

interface CapturedDirectory extends Directory {
  readonly entries: Map<string, TreeNode>
}

/** A directory whose names are sorted when they are first asked for. */
function emptyDirectory(): CapturedDirectory {
  const entries = new Map<string, TreeNode>()
  let sorted: readonly string[] | undefined
  const names = (): readonly string[] => (sorted ??= [...entries.keys()].sort(compareNatural))
  return { kind: 'directory', entries, names, get: (name) => entries.get(name) }
}

/** Directories by path. Those on the way to one are made with it. */
class Directories {
  readonly root: CapturedDirectory = emptyDirectory()
  readonly #byPath = new Map<string, CapturedDirectory>([['', this.root]])

  has(path: string): boolean {
    return this.#byPath.has(path)
  }

  at(path: string): CapturedDirectory {
    const known = this.#byPath.get(path)
    if (known !== undefined) return known
    const made = emptyDirectory()
    this.put(path, made)
    this.#byPath.set(path, made)
    return made
  }

  put(path: string, node: TreeNode): void {
    const slash = path.lastIndexOf('/')
    this.at(path.slice(0, slash)).entries.set(path.slice(slash + 1), node)
  }
}

const isErrno = (name: string): name is Errno => Object.hasOwn(ERRNO, name)

/** The file as it answered the one who took the capture. */
function refuseToRead(path: string, errno: string): never {
  const known = isErrno(errno) ? errno : 'EIO'
  throw new HotplugError('NOT_READABLE', known, `${path}: cannot be read (${errno})`, {
    detail: { path, errno },
  })
}

/** What only a directory can be. */
const DIRECTORY_PATH = /^\/sys\/devices\/system\/(?:memory\/memory|node\/node)\d+$/

/** What answers as it answered the one who took the capture. */
function refusing(path: string, { errno, mode }: { errno: string; mode: number }): TreeNode {
  const refuse = (): never => refuseToRead(path, errno)
  return DIRECTORY_PATH.test(path)
    ? { kind: 'directory', names: refuse, get: () => undefined }
    : { kind: 'file', mode, show: refuse }
}

/** The capture as directories. Costs one step per path. */
function rootOf(capture: Capture): Directory {
  const { files, links, modes, unreadable, fileMode = DEFAULT_FILE_MODE } = capture
  const directories = new Directories()
  const modeOf = (path: string, otherwise: string): number =>
    Number.parseInt(modes[path] ?? otherwise, 8)
  for (const path of capture.directories) directories.at(path)
  for (const [path, text] of Object.entries(files)) {
    directories.put(path, { kind: 'file', mode: modeOf(path, fileMode), show: () => text })
  }
  for (const [path, target] of Object.entries(links)) {
    directories.put(path, { kind: 'link', target })
  }
  const isKnown = (path: string): boolean =>
    Object.hasOwn(files, path) || Object.hasOwn(links, path) || directories.has(path)
  for (const path of Object.keys(modes)) {
    if (!isKnown(path)) directories.put(path, { kind: 'file', mode: modeOf(path, '') })
  }
  for (const { path, errno } of unreadable) {
    if (isKnown(path)) continue
    directories.put(path, refusing(path, { errno, mode: modeOf(path, '400') }))
  }
  return directories.root
}

/**
 * The captured host as a file tree. Reading what the capture lists as unreadable fails as it did on the host;
 * every write fails with EROFS. Names are listed in natural order: memory2 before memory10.
 */
export const captureTree = (capture: Capture): LocalTree => ({
  ...treeOf(rootOf(capture)),
  write(path) {
    throw new HotplugError('NOT_WRITABLE', 'EROFS', `${path}: a capture cannot be written`, {
      detail: { path },
    })
  },
})
