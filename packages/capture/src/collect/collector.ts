import { type FileTree, isHotplugError, type TreeEntry } from '@memhp/core'
import type { ReadingAssumption } from '@memhp/core/plugin'
import type { Unreadable } from '../format'
import { linkedPath } from '../path'
import { assumptionFor } from './assumption'

/** Reads that run at once: enough to keep a host's four file threads busy. */
const AT_ONCE = 16
const DEFAULT_MODE = 0o444
const ANYBODY_READS = 0o444

/** Errnos that mean: there is nothing of this name, or not any more. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO'])

/** Runs `each` for every item: of many, a few at once; few one by one, since the directories that hold them are many. */
async function forEachItem<T>(
  items: readonly T[],
  each: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const work = async (): Promise<void> => {
    for (const item of left) await each(item)
  }
  if (items.length <= AT_ONCE) await work()
  else await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** What stands between two slashes of a pattern: a name, or what a name has to match. */
type Segment = string | RegExp

const segmentOf = (text: string): Segment =>
  /^[\w,-]+$/.test(text) ? text : new RegExp(`^${text}$`)

/** What is asked to stop: an AbortSignal. */
export interface StopSignal {
  throwIfAborted(): void
}

/** Files, links and modes of a tree, as they are found. */
export class Collector {
  readonly files: Record<string, string> = {}
  readonly links: Record<string, string> = {}
  readonly modes: Record<string, string> = {}
  readonly unreadable: Unreadable[] = []
  readonly #tree: FileTree
  readonly #signal: StopSignal | undefined
  readonly #assumptions: readonly ReadingAssumption[]
  readonly #noted = new Set<string>()

  constructor(
    tree: FileTree,
    options: {
      readonly assumptions: readonly ReadingAssumption[]
      readonly signal: StopSignal | undefined
    },
  ) {
    this.#tree = tree
    this.#signal = options.signal
    this.#assumptions = options.assumptions
  }

  /** Collects what a pattern of `wantedFiles` names. */
  async collect(pattern: string): Promise<void> {
    await this.#visit('', pattern.split('/').slice(1).map(segmentOf))
  }

  /** A file's text, not collected; undefined where it cannot be had. */
  async text(path: string): Promise<string | undefined> {
    this.#signal?.throwIfAborted()
    try {
      return await this.#tree.read(path)
    } catch (error) {
      if (!isHotplugError(error)) throw error
      return undefined
    }
  }

  /** What a path names; undefined where that cannot be had. */
  async entry(path: string): Promise<TreeEntry | undefined> {
    this.#signal?.throwIfAborted()
    try {
      return await this.#tree.lookup(path)
    } catch (error) {
      if (!isHotplugError(error)) throw error
      return undefined
    }
  }

  /** Notes once that a path cannot be read. */
  note(path: string, errno: string): void {
    if (this.#noted.has(path)) return
    this.#noted.add(path)
    this.unreadable.push({ path, errno, assume: assumptionFor(path, this.#assumptions) })
  }

  /** The names in a directory; none where it cannot be listed. */
  async #list(path: string): Promise<readonly string[]> {
    this.#signal?.throwIfAborted()
    try {
      return await this.#tree.list(path)
    } catch (error) {
      if (!isHotplugError(error)) throw error
      if (!GONE.has(error.errno)) this.note(path, error.errno)
      return []
    }
  }

  async #visit(directory: string, [segment, ...rest]: readonly Segment[]): Promise<void> {
    if (segment === undefined) return
    const names =
      typeof segment === 'string'
        ? [segment]
        : (await this.#list(directory)).filter((name) => segment.test(name))
    await forEachItem(names, (name) => this.#take(`${directory}/${name}`, rest))
  }

  async #take(path: string, rest: readonly Segment[]): Promise<void> {
    const entry = await this.entry(path)
    if (entry === undefined) return
    if (entry.kind === 'link') {
      const target = await this.#link(path)
      if (target !== undefined && rest.length > 0) await this.#visit(linkedPath(path, target), rest)
    } else if (rest.length > 0) {
      if (entry.kind === 'directory') await this.#visit(path, rest)
    } else if (entry.kind === 'file') await this.#file(path, entry.mode)
  }

  async #link(path: string): Promise<string | undefined> {
    try {
      const target = await this.#tree.readlink(path)
      this.links[path] = target
      return target
    } catch (error) {
      if (!isHotplugError(error)) throw error
      if (!GONE.has(error.errno)) this.note(path, error.errno)
      return undefined
    }
  }

  async #file(path: string, mode: number): Promise<void> {
    this.#signal?.throwIfAborted()
    try {
      if ((mode & ANYBODY_READS) !== 0) this.files[path] = await this.#tree.read(path)
    } catch (error) {
      if (!isHotplugError(error)) throw error
      if (GONE.has(error.errno)) return
      this.note(path, error.errno)
    }
    if (mode !== DEFAULT_MODE) this.modes[path] = mode.toString(8)
  }
}
