import { constants, lstatSync, opendirSync, readlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import {
  type Awaitable,
  type ContentsAsked,
  type DirectoryContents,
  type FileTree,
  isHotplugError,
  type TreeEntry,
} from '@memhp/core'
import { isBinaryFile } from '@memhp/kernel-files'
import { type Confinement, confineTo } from './confine'
import { type FileAction, fileError, refusal } from './file-error'
import type { Listing, Shape } from './listings'
import { type OpenPageFlags, openPageFlags } from './page-flags'
import { readListedText, readRegularFile, readShortText } from './read-file'
import { Turns } from './turns'

export interface HostTreeOptions {
  /** The folder that stands for the root of the host; default `/`, this machine. */
  readonly sysroot?: string
  /** Only with `true` does a write reach the host. Without it every write fails with EROFS. */
  readonly writable?: boolean
}

/**
 * The file tree of a live Linux host, or of a folder that holds a copy of one. Files are read anew, and most often at once:
 * those of /sys and /proc come out of the kernel's memory. What refuses may throw at once, too.
 */
export interface HostTree extends FileTree {
  readonly sysroot: string
  readonly writable: boolean
  write(path: string, text: string): Promise<void>
  /**
   * Short texts of files of a directory, in the order of their names, without a look at what else is there. Undefined for a
   * file that is not there, is not a regular one, is longer than most, or refuses to be read.
   * @throws HotplugError NO_SUCH_FILE and others, where the directory is not there
   */
  texts(directory: string, names: readonly string[]): Awaitable<readonly (string | undefined)[]>
  /** Names in a directory in the order in which it has them. @throws HotplugError */
  unsorted(path: string): Awaitable<readonly string[]>
  /** Opens /proc/kpageflags, which is binary. @throws HotplugError NO_SUCH_FILE, NOT_READABLE */
  openPageFlags(): Promise<OpenPageFlags>
}

const PERMISSIONS = 0o7777
const SYS = '/sys/'

/** One open and one write(2), as `echo word > file` makes them. The file is never created. */
async function writeOnce(place: string, text: string): Promise<void> {
  const file = await open(place, constants.O_WRONLY | constants.O_TRUNC)
  try {
    await file.write(Buffer.from(text))
  } finally {
    await file.close()
  }
}

function entryAt(place: string): TreeEntry | undefined {
  const stats = lstatSync(place, { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  const mode = stats.mode & PERMISSIONS
  if (stats.isSymbolicLink()) return { kind: 'link', mode }
  return { kind: stats.isDirectory() ? 'directory' : 'file', mode }
}

/** The text of a link. That nothing has the path is found without a call that fails, which Node makes dear. */
function linkAt(place: string, path: string): string {
  if (entryAt(place) === undefined) throw refusal('readlink', path, { errno: 'ENOENT' })
  return readlinkSync(place)
}

const isLinkRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ELOOP'

/** The text of a file. That a link has the path is found when it is opened: few files of /sys are links. */
function textAt(confinement: Confinement, path: string): string {
  const encoding = isBinaryFile(path) ? 'latin1' : 'utf8'
  const listed = path.startsWith(SYS) ? confinement.listedFile(path) : undefined
  if (listed !== undefined)
    return readRegularFile(listed, { path, encoding, lastLink: 'refuse', kind: 'text of /sys' })
  const read = (last: 'follow' | 'keep', lastLink: 'follow' | 'refuse'): string =>
    readRegularFile(confinement.place('read', path, last), { path, encoding, lastLink })
  if (confinement.root === '/') return read('keep', 'follow')
  try {
    return read('keep', 'refuse')
  } catch (error) {
    if (!isLinkRefused(error)) throw error
    return read('follow', 'refuse')
  }
}

/** Which files of a directory are read. Of directories that hold the same the same are asked for, one after the other. */
class WantedFiles {
  #names: DirectoryContents['names'] = []
  #wanted: ContentsAsked['wanted'] | undefined
  #indices: readonly number[] = []

  /** Indices of their names. */
  indicesIn({ names, kinds }: Shape, wanted: ContentsAsked['wanted']): readonly number[] {
    if (names === this.#names && wanted === this.#wanted) return this.#indices
    this.#names = names
    this.#wanted = wanted
    this.#indices = names.flatMap((name, at) => (kinds[at] === 'file' && wanted(name) ? [at] : []))
    return this.#indices
  }
}

/** What was listed, with the texts that are had for little: those of /sys. @param files indices of those that are read */
function contentsOf(
  { path, place, shape }: Listing,
  files: readonly number[],
  { modes: withModes }: ContentsAsked,
): DirectoryContents {
  const { names, kinds } = shape
  const texts = new Array<string | undefined>(names.length)
  const modes = new Array<number | undefined>(withModes ? names.length : 0)
  if (!path.startsWith(SYS) || isBinaryFile(`${path}/`)) return { names, kinds, texts, modes }
  for (const at of files) {
    const read = readListedText(`${place}/${names[at]}`, { modes: withModes })
    texts[at] = read?.text
    if (withModes) modes[at] = read?.mode
  }
  return { names, kinds, texts, modes }
}

/** Names as readdir(3) gives them: all other calls of Node sort them. */
function namesInOrder(place: string): readonly string[] {
  const directory = opendirSync(place)
  try {
    const names: string[] = []
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync())
      names.push(entry.name)
    return names
  } finally {
    directory.closeSync()
  }
}

const isAbsence = (error: unknown): boolean =>
  isHotplugError(error) && (error.errno === 'ENOENT' || error.errno === 'ENOTDIR')

/** What a path names; undefined where it names nothing. */
function lookedUp(confined: Confinement, path: string): TreeEntry | undefined {
  try {
    return entryAt(confined.place('lookup', path, 'keep'))
  } catch (cause) {
    const error = fileError('lookup', path, cause)
    if (isAbsence(error)) return undefined
    throw error
  }
}

/**
 * The tree of a host. Paths are the host's: with a `sysroot`, neither a link nor `..` leads out of it, as under chroot(2).
 * That holds against what the folder contains, not against changes made meanwhile.
 */
export function hostTree(options: HostTreeOptions = {}): HostTree {
  const { sysroot = '/', writable = false } = options
  let confinement: Confinement | undefined
  const wantedFiles = new WantedFiles()
  const turns = new Turns(() => confinement?.forget())

  async function inNextTurn(turn: Promise<void> | undefined): Promise<Confinement> {
    await turn
    confinement ??= await confineTo(sysroot)
    return confinement
  }

  function at<T>(
    action: FileAction,
    path: string,
    act: (confinement: Confinement) => T,
  ): Awaitable<T> {
    const turn = turns.next()
    if (turn !== undefined || confinement === undefined)
      return inNextTurn(turn)
        .then(act)
        .catch((error) => {
          throw fileError(action, path, error)
        })
    try {
      return act(confinement)
    } catch (error) {
      throw fileError(action, path, error)
    }
  }

  return {
    sysroot,
    writable,
    read: (path) => at('read', path, (confined) => textAt(confined, path)),
    async write(path, text) {
      if (!writable) throw refusal('write', path, { errno: 'EROFS' })
      const place = await at('write', path, (confined) => confined.place('write', path, 'follow'))
      await writeOnce(place, text).catch((error) => {
        throw fileError('write', path, error)
      })
    },
    texts: (directory, names) =>
      at('read', directory, (confined) => {
        const place = confined.directory('read', directory)
        return names.map((name) => readShortText(`${place}/${name}`))
      }),
    unsorted: (path) =>
      at('list', path, (confined) => namesInOrder(confined.directory('list', path))),
    list: (path) => at('list', path, (confined) => confined.list(path).shape.names),
    contents: (path, asked) =>
      at('list', path, (confined) => {
        const listing = confined.list(path)
        return contentsOf(listing, wantedFiles.indicesIn(listing.shape, asked.wanted), asked)
      }),
    readlink: (path) =>
      at('readlink', path, (confined) => linkAt(confined.place('readlink', path, 'keep'), path)),
    lookup: (path) => at('lookup', path, (confined) => lookedUp(confined, path)),
    async openPageFlags() {
      const path = '/proc/kpageflags'
      const place = await at('read', path, (confined) => confined.place('read', path, 'follow'))
      return openPageFlags(place).catch((error) => {
        throw fileError('read', path, error)
      })
    },
  }
}
