import { type Dirent, readdirSync } from 'node:fs'

/** A directory, by its path and by where it is on this machine. Both end in a slash. */
interface Listed {
  readonly path: string
  readonly place: string
}

/** What a directory holds, sorted by name. */
export interface Listing extends Listed {
  readonly entries: readonly Dirent[]
}

/** No path begins with NUL: nothing is in it. */
const NONE: Listing = { path: '\0', place: '', entries: [] }

/** Whether a path names something in a directory. */
const isIn = (path: string, directory: Listed): boolean =>
  path.startsWith(directory.path) && !path.includes('/', directory.path.length)

/** By name. They are in order already where the C library has sorted them by their bytes. */
function sorted(entries: Dirent[]): readonly Dirent[] {
  let before = ''
  for (const { name } of entries) {
    if (name < before) return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    before = name
  }
  return entries
}

/**
 * The directory that was listed last and, where that was listed right before, the one above it. The kinds of what is in them come with the
 * names, so that nothing needs to be looked at of which the directories are listed one after the other.
 */
export class Listings {
  #last = NONE
  #above: Listed = NONE
  #beside: ReadonlySet<string> = new Set()

  /**
   * Lists a directory.
   * @param place where it is on this machine, free of links
   */
  read(path: string, place: string): Listing {
    const entries = sorted(readdirSync(place, { withFileTypes: true }))
    if (!isIn(path, this.#above)) this.#setAbove(isIn(path, this.#last) ? this.#last : NONE)
    this.#last = { path: `${path}/`, place: `${place}/`, entries }
    return this.#last
  }

  #setAbove({ path, place, entries }: Listing): void {
    this.#above = { path, place }
    this.#beside = new Set(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name))
  }

  /** Forgets what was listed, but for the directories in it or beside it, which are likely to follow, until another is listed. */
  forget(): void {
    const { path } = this.#last
    if (this.#last !== NONE && !isIn(path.slice(0, -1), this.#above)) this.#setAbove(this.#last)
    this.#last = NONE
  }

  /** The place of a regular file in the directory that was listed last; undefined for every other path. */
  fileAt(path: string): string | undefined {
    const { path: directory, place, entries } = this.#last
    if (!path.startsWith(directory)) return undefined
    const name = path.slice(directory.length)
    return entries.find((entry) => entry.name === name)?.isFile() ? `${place}${name}` : undefined
  }

  /** The place of whatever has a name in the directory that was listed last; undefined for every other path. */
  placeIn(path: string): string | undefined {
    const { place, path: directory } = this.#last
    return isIn(path, this.#last) ? `${place}${path.slice(directory.length)}` : undefined
  }

  /** The place of a directory beside the one that was listed last; undefined for every other path. */
  directoryAt(path: string): string | undefined {
    const { path: directory, place } = this.#above
    if (!path.startsWith(directory)) return undefined
    const name = path.slice(directory.length)
    return this.#beside.has(name) ? `${place}${name}` : undefined
  }
}
