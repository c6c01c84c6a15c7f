import { type Dirent, readdirSync } from 'node:fs'
import type { DirectoryContents } from '@memhp/core'

/** A directory, by its path and by where it is on this machine. Neither ends in a slash. */
interface Listed {
  readonly path: string
  readonly place: string
}

/** Names that a directory holds, sorted, and what they stand for. Directories that hold the same share one, where they are listed one after the other. */
export type Shape = Pick<DirectoryContents, 'names' | 'kinds'>

/** What a directory holds. */
export interface Listing extends Listed {
  readonly shape: Shape
}

/** No path begins with NUL: nothing is in it. */
const NONE: Listing = { path: '\0', place: '', shape: { names: [], kinds: [] } }

/** What a path names in a directory; empty where it names nothing there. */
function nameIn(path: string, directory: Listed): string {
  const { length } = directory.path
  if (!path.startsWith(directory.path) || path.charAt(length) !== '/') return ''
  const name = path.slice(length + 1)
  return name === '.' || name === '..' || name.includes('/') ? '' : name
}

/** By name. They are in order already where the C library has sorted them by their bytes. */
function sorted(entries: Dirent[]): readonly Dirent[] {
  let before = ''
  for (const { name } of entries) {
    if (name < before) return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    before = name
  }
  return entries
}

function kindOf(entry: Dirent): Shape['kinds'][number] {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'directory'
  return entry.isSymbolicLink() ? 'link' : 'other'
}

function hasShape(entries: readonly Dirent[], { names, kinds }: Shape): boolean {
  if (entries.length !== names.length) return false
  let at = 0
  for (const entry of entries) {
    if (entry.name !== names[at] || kindOf(entry) !== kinds[at]) return false
    at += 1
  }
  return true
}

/** @param before returned where the entries have this shape */
function shapeOf(entries: Dirent[], before: Shape): Shape {
  if (hasShape(entries, before)) return before
  const inOrder = sorted(entries)
  return { names: inOrder.map(({ name }) => name), kinds: inOrder.map(kindOf) }
}

/**
 * The directory that was listed last and, where that was listed right before, the one above it. The kinds of what is in them come with the
 * names, so that nothing needs to be looked at of which the directories are listed one after the other.
 */
export class Listings {
  #last = NONE
  #shape = NONE.shape
  #above: Listed = NONE
  /** Names of links in the directory above: most often none. */
  #links: ReadonlySet<string> = new Set()

  /**
   * Lists a directory.
   * @param place where it is on this machine, free of links
   */
  read(path: string, place: string): Listing {
    const shape = shapeOf(readdirSync(place, { withFileTypes: true }), this.#shape)
    if (nameIn(path, this.#above) === '')
      this.#setAbove(nameIn(path, this.#last) === '' ? NONE : this.#last)
    this.#shape = shape
    this.#last = { path, place, shape }
    return this.#last
  }

  #setAbove({ path, place, shape: { names, kinds } }: Listing): void {
    this.#above = { path, place }
    this.#links = new Set(names.filter((_, at) => kinds[at] === 'link'))
  }

  /** Forgets what was listed, but for what is in it or beside it, which is likely to follow, until another is listed. */
  forget(): void {
    if (this.#last !== NONE && nameIn(this.#last.path, this.#above) === '')
      this.#setAbove(this.#last)
    this.#last = NONE
  }

  /** The place of a regular file in the directory that was listed last; undefined for every other path. */
  fileAt(path: string): string | undefined {
    const { place, shape } = this.#last
    const name = nameIn(path, this.#last)
    return shape.kinds[shape.names.indexOf(name)] === 'file' ? `${place}/${name}` : undefined
  }

  /** The place of whatever has a name in the directory that was listed last; undefined for every other path. */
  placeIn(path: string): string | undefined {
    const name = nameIn(path, this.#last)
    return name === '' ? undefined : `${this.#last.place}/${name}`
  }

  /** The place of what is beside the directory that was listed last unless that is a link; undefined for every other path. */
  placeBeside(path: string): string | undefined {
    const name = nameIn(path, this.#above)
    const isKnown = name !== '' && (this.#links.size === 0 || !this.#links.has(name))
    return isKnown ? `${this.#above.place}/${name}` : undefined
  }
}
