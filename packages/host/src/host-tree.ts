import { constants } from 'node:fs'
import { lstat, open, readdir, readFile, readlink } from 'node:fs/promises'
import { type FileTree, isHotplugError, type TreeEntry } from '@memhp/core'
import { isBinaryFile } from '@memhp/kernel-files'
import { type Confinement, confineTo } from './confine'
import { type FileAction, fileError, refusal } from './file-error'
import { type OpenPageFlags, openPageFlags } from './page-flags'

export interface HostTreeOptions {
  /** The folder that stands for the root of the host; default `/`, this machine. */
  readonly sysroot?: string
  /** Only with `true` does a write reach the host. Without it every write fails with EROFS. */
  readonly writable?: boolean
}

/** The file tree of a live Linux host, or of a folder that holds a copy of one. Every answer is read anew. */
export interface HostTree extends FileTree {
  readonly sysroot: string
  readonly writable: boolean
  read(path: string): Promise<string>
  write(path: string, text: string): Promise<void>
  list(path: string): Promise<readonly string[]>
  readlink(path: string): Promise<string>
  lookup(path: string): Promise<TreeEntry | undefined>
  /** Opens /proc/kpageflags, which is binary. @throws HotplugError NO_SUCH_FILE, NOT_READABLE */
  openPageFlags(): Promise<OpenPageFlags>
}

const PERMISSIONS = 0o7777

/** One open and one write(2), as `echo word > file` makes them. The file is never created. */
async function writeOnce(place: string, text: string): Promise<void> {
  const file = await open(place, constants.O_WRONLY | constants.O_TRUNC)
  try {
    await file.write(Buffer.from(text))
  } finally {
    await file.close()
  }
}

async function entryAt(place: string): Promise<TreeEntry> {
  const stats = await lstat(place)
  const mode = stats.mode & PERMISSIONS
  if (stats.isSymbolicLink()) return { kind: 'link', mode }
  return { kind: stats.isDirectory() ? 'directory' : 'file', mode }
}

/**
 * The tree of a host. Paths are the host's: with a `sysroot`, neither a link nor `..` leads out of it, as under chroot(2).
 * That holds against what the folder contains, not against changes made meanwhile.
 */
export function hostTree(options: HostTreeOptions = {}): HostTree {
  const { sysroot = '/', writable = false } = options
  let confinement: Promise<Confinement> | undefined

  async function at<T>(
    asked: { readonly action: FileAction; readonly path: string; readonly last?: 'keep' },
    act: (place: string) => Promise<T>,
  ): Promise<T> {
    const { action, path, last = 'follow' } = asked
    try {
      confinement ??= confineTo(sysroot)
      const { place } = await confinement
      return await act(await place(action, path, last))
    } catch (error) {
      throw fileError(action, path, error)
    }
  }

  return {
    sysroot,
    writable,
    read: (path) =>
      at({ action: 'read', path }, (place) =>
        readFile(place, isBinaryFile(path) ? 'latin1' : 'utf8'),
      ),
    async write(path, text) {
      if (!writable) throw refusal('write', path, { errno: 'EROFS' })
      await at({ action: 'write', path }, (place) => writeOnce(place, text))
    },
    list: (path) => at({ action: 'list', path }, async (place) => (await readdir(place)).sort()),
    readlink: (path) => at({ action: 'readlink', path, last: 'keep' }, (place) => readlink(place)),
    async lookup(path) {
      try {
        return await at({ action: 'lookup', path, last: 'keep' }, entryAt)
      } catch (error) {
        const isAbsent =
          isHotplugError(error) && (error.errno === 'ENOENT' || error.errno === 'ENOTDIR')
        if (isAbsent) return undefined
        throw error
      }
    },
    openPageFlags: () => at({ action: 'read', path: '/proc/kpageflags' }, openPageFlags),
  }
}
