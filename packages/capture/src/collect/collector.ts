import { type Awaitable, type FileTree, isHotplugError, type TreeEntry } from '@memhp/core'
import { andThen, type ReadingAssumption } from '@memhp/core/plugin'
import { DEFAULT_FILE_MODE, type Unreadable } from '../format'
import { linkedPath } from '../path'
import { freezeRecord } from '../paths-of'
import { assumptionFor } from './assumption'

/** Reads that run at once: enough to keep a host's four file threads busy. */
const AT_ONCE = 16
const ANYBODY_READS = 0o444

/** Errnos that mean: there is nothing of this name, or not any more. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO'])

/** Runs `each` for every item: of many, a few at once; few one by one, since the directories that hold them are many. */
function forEachItem<T>(items: readonly T[], each: (item: T) => Awaitable<void>): Awaitable<void> {
  const left = items.values()
  const work = async (): Promise<void> => {
    for (const item of left) {
      const done = each(item)
      if (done instanceof Promise) await done
    }
  }
  if (items.length > AT_ONCE) {
    return Promise.all(Array.from({ length: AT_ONCE }, work)).then(() => undefined)
  }
  for (const item of left) {
    const done = each(item)
    if (done instanceof Promise) return done.then(work)
  }
}

/** What stands between two slashes of a pattern: a name, or what a name has to match. */
type Segment = string | RegExp

const segmentOf = (text: string): Segment =>
  /^[\w,-]+$/.test(text) ? text : new RegExp(`^${text}$`)

/** What is asked to stop: an AbortSignal. */
export interface StopSignal {
  throwIfAborted(): void
}

/** Longest text that files share, and most such texts. */
const SHARED_LENGTH = 16
const MOST_SHARED = 1024

/** Files, links and permissions of a tree, as they are found. What a tree answers at once is taken at once. */
export class Collector {
  readonly files: Record<string, string> = {}
  readonly links: Record<string, string> = {}
  readonly #filePaths: string[] = []
  readonly #linkPaths: string[] = []
  /** Paths of files by their permission bits. */
  readonly #pathsByMode = new Map<number, string[]>()
  readonly unreadable: Unreadable[] = []
  readonly #tree: FileTree
  readonly #signal: StopSignal | undefined
  readonly #assumptions: readonly ReadingAssumption[]
  readonly #errnoOf: (path: string, text: string) => string | undefined
  readonly #noted = new Set<string>()
  readonly #shared = new Map<string, string>()

  constructor(
    tree: FileTree,
    options: {
      readonly assumptions: readonly ReadingAssumption[]
      /** The errno of a text that is not kept. */
      readonly errnoOf: (path: string, text: string) => string | undefined
      readonly signal: StopSignal | undefined
    },
  ) {
    this.#tree = tree
    this.#assumptions = options.assumptions
    this.#errnoOf = options.errnoOf
    this.#signal = options.signal
  }

  /** Collects what a pattern of `wantedFiles` names. */
  async collect(pattern: string): Promise<void> {
    await this.#visit('', pattern.split('/').slice(1).map(segmentOf))
  }

  /** Freezes what was collected. */
  finish(): void {
    freezeRecord(this.files, this.#filePaths)
    freezeRecord(this.links, this.#linkPaths)
  }

  /** A file's text, not collected; undefined where it cannot be had. */
  text(path: string): Awaitable<string | undefined> {
    return this.#ask(() => this.#tree.read(path))
  }

  /** What a path names; undefined where that cannot be had. */
  entry(path: string): Awaitable<TreeEntry | undefined> {
    return this.#ask(() => this.#tree.lookup(path))
  }

  /** Notes once that a path cannot be read. */
  note(path: string, errno: string): void {
    if (this.#noted.has(path)) return
    this.#noted.add(path)
    this.unreadable.push({ path, errno, assume: assumptionFor(path, this.#assumptions) })
  }

  /** @param noted the path to note where it exists and cannot be had @returns undefined where it cannot be had */
  #ask<T>(ask: () => Awaitable<T>, noted?: string): Awaitable<T | undefined> {
    this.#signal?.throwIfAborted()
    const refused = (error: unknown): undefined => {
      if (!isHotplugError(error)) throw error
      if (noted !== undefined && !GONE.has(error.errno)) this.note(noted, error.errno)
    }
    try {
      const answer = ask()
      return answer instanceof Promise ? answer.catch(refused) : answer
    } catch (error) {
      return refused(error)
    }
  }

  #visit(directory: string, [segment, ...rest]: readonly Segment[]): Awaitable<void> {
    if (segment === undefined) return
    if (typeof segment === 'string') return this.#take(`${directory}/${segment}`, rest)
    const wanted = (name: string): boolean => segment.test(name)
    if (this.#tree.contents !== undefined) return this.#visitContents(directory, wanted, rest)
    const names = this.#ask(() => this.#tree.list(directory), directory)
    return andThen(names, (names = []) =>
      forEachItem(names.filter(wanted), (name) => this.#take(`${directory}/${name}`, rest)),
    )
  }

  /** A directory that comes with what is in it: only what did not come is asked for. */
  #visitContents(
    directory: string,
    wanted: (name: string) => boolean,
    rest: readonly Segment[],
  ): Awaitable<void> {
    const isLast = rest.length === 0
    const asked = { wanted: isLast ? wanted : () => false, modes: isLast }
    const contents = this.#ask(() => this.#tree.contents?.(directory, asked), directory)
    return andThen(contents, (contents) => {
      if (contents === undefined) return
      const { names, kinds, texts, modes } = contents
      return forEachItem([...names.keys()], (index) => {
        const name = names[index] ?? ''
        if (!wanted(name)) return
        const path = `${directory}/${name}`
        const [kind, text, mode] = [kinds[index], texts[index], modes[index]]
        if (text !== undefined && mode !== undefined) return this.#keep(path, text, mode)
        if (kind === 'link') return this.#follow(path, rest)
        if (kind === 'directory') return this.#visit(path, rest)
        return kind === 'file' && isLast ? this.#take(path, rest) : undefined
      })
    })
  }

  #take(path: string, rest: readonly Segment[]): Awaitable<void> {
    return andThen(this.entry(path), (entry) => {
      if (entry === undefined) return
      if (entry.kind === 'link') return this.#follow(path, rest)
      if (rest.length > 0) return entry.kind === 'directory' ? this.#visit(path, rest) : undefined
      return entry.kind === 'file' ? this.#file(path, entry.mode) : undefined
    })
  }

  #follow(path: string, rest: readonly Segment[]): Awaitable<void> {
    const target = this.#ask(() => this.#tree.readlink(path), path)
    return andThen(target, (target) => {
      if (target === undefined) return
      this.links[path] = target
      this.#linkPaths.push(path)
      if (rest.length > 0) return this.#visit(linkedPath(path, target), rest)
    })
  }

  #file(path: string, mode: number): Awaitable<void> {
    if ((mode & ANYBODY_READS) === 0) return this.#keepMode(path, mode)
    return andThen(
      this.#ask(() => this.#tree.read(path), path),
      (text) => {
        if (text !== undefined) this.#keep(path, text, mode)
        else if (this.#noted.has(path)) this.#keepMode(path, mode)
      },
    )
  }

  #keep(path: string, text: string, mode: number): void {
    const errno = this.#errnoOf(path, text)
    if (errno === undefined) {
      this.files[path] = this.#one(text)
      this.#filePaths.push(path)
    } else this.note(path, errno)
    this.#keepMode(path, mode)
  }

  #keepMode(path: string, mode: number): void {
    const paths = this.#pathsByMode.get(mode)
    if (paths === undefined) this.#pathsByMode.set(mode, [path])
    else paths.push(path)
  }

  /** The permission bits that most files have, and those of the others by path, in octal. */
  modes(): { readonly most: string; readonly others: Record<string, string> } {
    let most = Number.parseInt(DEFAULT_FILE_MODE, 8)
    const count = (mode: number): number => this.#pathsByMode.get(mode)?.length ?? 0
    for (const mode of this.#pathsByMode.keys()) {
      if ((mode & ANYBODY_READS) !== 0 && count(mode) > count(most)) most = mode
    }
    const others: Record<string, string> = {}
    for (const [mode, paths] of this.#pathsByMode) {
      if (mode === most) continue
      for (const path of paths) others[path] = mode.toString(8)
    }
    return { most: most.toString(8), others }
  }

  /** The same string for the same short text: of a large host tens of thousands of files read `online`. */
  #one(text: string): string {
    if (text.length > SHARED_LENGTH) return text
    const known = this.#shared.get(text)
    if (known === undefined && this.#shared.size < MOST_SHARED) this.#shared.set(text, text)
    return known ?? text
  }
}
