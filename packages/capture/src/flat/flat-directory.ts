import type { LocalTree } from '@memhp/core'
import { type Directory, openDirectory } from '@memhp/core/plugin'
import { type FindLines, FlatFile, wholeText } from './flat-file'
import type { FlatLine, FlatLines } from './flat-lines'

/** Where readings come from, and where they go. */
export interface FlatReading {
  readonly tree: LocalTree
  readonly lines: FlatLines
}

/**
 * A directory that stays open from reading to reading, and its files with it: what they show is asked for each time,
 * the way to them only once. Links are read anew.
 */
export class FlatDirectory {
  readonly #reading: FlatReading
  readonly #path: string
  readonly #directory: Directory
  readonly #files = new Map<string, FlatFile>()
  readonly #lines = new Map<string, FlatLine>()
  #below = new Map<string, FlatDirectory>()
  #version: number | undefined
  #shown: readonly FlatLine[] = []

  constructor(reading: FlatReading, path: string, directory: Directory) {
    this.#reading = reading
    this.#path = path
    this.#directory = directory
  }

  names(): readonly string[] {
    return this.#directory.names()
  }

  /** The directories, or links to some, whose names match. One that the reading before did not find is opened. */
  below(name: RegExp): Iterable<FlatDirectory> {
    const known = this.#below
    this.#below = new Map()
    for (const entry of this.names()) {
      if (!name.test(entry)) continue
      const directory = known.get(entry) ?? this.#openBelow(entry)
      if (directory !== undefined) this.#below.set(entry, directory)
    }
    return this.#below.values()
  }

  /** Puts what `put` finds in this directory; once more what it found before where that is known to be the same. */
  read(put: (directory: FlatDirectory) => void): void {
    const { lines } = this.#reading
    const version = this.#directory.version?.()
    if (version !== undefined && version === this.#version) lines.putAgain(this.#shown)
    else this.#shown = lines.during(() => put(this))
    this.#version = version
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
    const node = this.#directory.get(name)
    if (node?.kind === 'link') this.putText(name, `-> ${node.target}`)
    if (node?.kind !== 'file') return
    const file = new FlatFile(this.#reading.lines, { path: `${this.#path}/${name}`, node, find })
    this.#files.set(name, file)
    file.put()
  }

  /** Puts a text in place of what an entry shows. */
  putText(name: string, text: string): void {
    let line = this.#lines.get(name)
    if (line === undefined) {
      line = this.#reading.lines.line(`${this.#path}/${name}`)
      this.#lines.set(name, line)
    }
    this.#reading.lines.put(line, text)
  }
}
