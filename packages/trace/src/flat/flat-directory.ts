import type { LocalTree } from '@memhp/core'
import { type Directory, openDirectory } from '@memhp/core/plugin'
import { type FindLines, FlatFile, wholeText } from './flat-file'
import { type FlatGroup, type FlatLine, type FlatLines, NO_LINES } from './flat-lines'

/** Where readings come from, and where they go. */
export interface FlatReading {
  readonly tree: LocalTree
  readonly lines: FlatLines
}

/** What was found among the names of a directory: good for as long as they are the same. */
interface FoundNames<T> {
  readonly names: readonly string[]
  readonly found: ReadonlyMap<string, T>
  readonly all: readonly T[]
}

const areSame = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((name, i) => name === b[i]))

/**
 * A directory that stays open from reading to reading, and its files with it: what they show is asked for each time,
 * the way to them only once. Links are read anew.
 */
export class FlatDirectory {
  readonly #reading: FlatReading
  readonly #path: string
  readonly #directory: Directory
  readonly #files = new Map<string, FlatFile>()
  #below: FoundNames<FlatDirectory> | undefined
  #named: FoundNames<FlatLine> | undefined
  #version: number | undefined
  #shown: FlatGroup = NO_LINES

  constructor(reading: FlatReading, path: string, directory: Directory) {
    this.#reading = reading
    this.#path = path
    this.#directory = directory
  }

  names(): readonly string[] {
    return this.#directory.names()
  }

  /** The directories, or links to some, whose names match. One that the reading before did not find is opened. */
  below(name: RegExp): readonly FlatDirectory[] {
    this.#below = this.#findNames(this.#below, name, (entry) => this.#openBelow(entry))
    return this.#below.all
  }

  /** Puts a text for each name that matches, whatever that shows. */
  putNames(name: RegExp, text: string): void {
    const { lines } = this.#reading
    const before = this.#named
    this.#named = this.#findNames(before, name, (entry) => this.#line(entry))
    const { all } = this.#named
    if (this.#named === before) lines.putAgain({ lines: all, groups: [], count: all.length })
    else for (const line of all) lines.put(line, text)
  }

  /** @param before found by the reading before: what still has its name stays */
  #findNames<T>(
    before: FoundNames<T> | undefined,
    name: RegExp,
    find: (entry: string) => T | undefined,
  ): FoundNames<T> {
    const names = this.names()
    if (before !== undefined && areSame(names, before.names)) return before
    const found = new Map<string, T>()
    for (const entry of names) {
      const each = before?.found.get(entry) ?? (name.test(entry) ? find(entry) : undefined)
      if (each !== undefined) found.set(entry, each)
    }
    return { names, found, all: [...found.values()] }
  }

  /** Puts what `put` finds in this directory; once more what it found before where that is known to be the same. */
  read(put: (directory: FlatDirectory) => void): void {
    const { lines } = this.#reading
    const version = this.#directory.version?.()
    if (version !== undefined && version === this.#version) lines.putAgain(this.#shown)
    else this.#shown = lines.during(() => put(this))
    this.#version = version
  }

  #line(name: string): FlatLine {
    return this.#reading.lines.line(`${this.#path}/${name}`)
  }

  #openBelow(name: string): FlatDirectory | undefined {
    const path = `${this.#path}/${name}`
    const node = this.#directory.get(name)
    const directory = node?.kind === 'link' ? openDirectory(this.#reading.tree, path) : node
    if (directory?.kind !== 'directory') return undefined
    return new FlatDirectory(this.#reading, path, directory)
  }

  /** Puts the lines of a file, or where a link leads. */
  put(name: string, find: FindLines = wholeText): void {
    const file = this.#files.get(name)
    if (file === undefined) this.#putUnopened(name, find)
    else file.put()
  }

  #putUnopened(name: string, find: FindLines): void {
    const { lines } = this.#reading
    const node = this.#directory.get(name)
    if (node?.kind === 'link') lines.put(this.#line(name), `-> ${node.target}`)
    if (node?.kind !== 'file') return
    const file = new FlatFile(lines, { path: `${this.#path}/${name}`, node, find })
    this.#files.set(name, file)
    file.put()
  }
}
