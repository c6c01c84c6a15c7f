import { lstatSync, readlinkSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { type FileAction, refusal } from './file-error'
import { type Listing, Listings } from './listings'

const MOST_LINKS = 40

/** Turns paths of a host into paths below the folder that stands for its root. */
export interface Confinement {
  /** The folder, free of links. `/` is this machine itself. */
  readonly root: string
  /**
   * @param last whether a link in the last place is followed
   * @returns a path of this machine below `root`, in which nothing but a kept last name can be a link
   * @throws HotplugError NO_SUCH_FILE, NOT_A_DIRECTORY, TOO_MANY_LINKS; else what lstat(2) answers
   */
  place(action: FileAction, path: string, last: 'follow' | 'keep'): string
  /** The place of a directory, in which nothing can be a link. @throws HotplugError as `place` */
  directory(action: FileAction, path: string): string
  /** @throws HotplugError as `place`; else what readdir(3) answers */
  list(path: string): Listing
  /** The place of a regular file in the directory that was listed last; undefined for every other path. */
  listedFile(path: string): string | undefined
  /** Forgets what stood where: the next walk looks anew. */
  forget(): void
}

/** What a name on the way is: another file leads nowhere, as the next step's lstat(2) answers. */
type Step = { readonly kind: 'directory' | 'other' } | { readonly kind: 'link'; target: string }

const names = (path: string): string[] => path.split('/').filter((name) => name !== '')

const isPlain = (name: string): boolean => name !== '' && name !== '.' && name !== '..'

function look(here: string, asked: { action: FileAction; path: string }): Step {
  const stats = lstatSync(here, { throwIfNoEntry: false })
  if (stats === undefined) throw refusal(asked.action, asked.path, { errno: 'ENOENT' })
  if (stats.isSymbolicLink()) return { kind: 'link', target: readlinkSync(here) }
  return { kind: stats.isDirectory() ? 'directory' : 'other' }
}

/** Walks below a folder name by name, as chroot(2) would: links and `..` never lead above it. Each directory is looked at once. */
class Walker implements Confinement {
  readonly root: string
  /** Directories and links on the way, by their place. */
  readonly #steps = new Map<string, Step>()
  /** Places of directories that were asked for, by path. */
  readonly #directories = new Map<string, string>()
  readonly #listings = new Listings()

  constructor(root: string) {
    this.root = root
  }

  forget(): void {
    this.#steps.clear()
    this.#directories.clear()
    this.#listings.forget()
  }

  place(action: FileAction, path: string, last: 'follow' | 'keep'): string {
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    if (last === 'follow' || !isPlain(name)) return this.#walk(action, path, last)
    const listed = this.#listings.placeIn(path)
    if (listed !== undefined) return listed
    return `${this.directory(action, path.slice(0, slash))}/${name}`
  }

  list(path: string): Listing {
    return this.#listings.read(path, this.directory('list', path))
  }

  listedFile(path: string): string | undefined {
    return this.#listings.fileAt(path)
  }

  /** Directories of one directory share the way to it: of each only the name is looked at. */
  directory(action: FileAction, path: string): string {
    const known = this.#listings.placeBeside(path) ?? this.#directories.get(path)
    if (known !== undefined) return known
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    const above = isPlain(name) ? this.#walkOnce(action, path.slice(0, slash)) : undefined
    const here = `${above}/${name}`
    if (above === undefined || look(here, { action, path }).kind !== 'directory')
      return this.#walkOnce(action, path)
    this.#directories.set(path, here)
    return here
  }

  #walkOnce(action: FileAction, path: string): string {
    const place = this.#directories.get(path) ?? this.#walk(action, path, 'follow')
    this.#directories.set(path, place)
    return place
  }

  #walk(action: FileAction, path: string, last: 'follow' | 'keep'): string {
    const todo = names(path).reverse()
    let at = this.root
    let links = 0
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (name === '.') continue
      if (name === '..') {
        at = at === this.root ? at : at.slice(0, at.lastIndexOf('/'))
        continue
      }
      const here = `${at}/${name}`
      const step = this.#step(here, { action, path })
      if (step.kind !== 'link' || (last === 'keep' && todo.length === 0)) {
        at = here
        continue
      }
      links += 1
      if (links > MOST_LINKS) throw refusal(action, path, { errno: 'ELOOP' })
      if (step.target.startsWith('/')) at = this.root
      todo.push(...names(step.target).reverse())
    }
    return at
  }

  #step(here: string, asked: { action: FileAction; path: string }): Step {
    const known = this.#steps.get(here)
    if (known !== undefined) return known
    const step = look(here, asked)
    if (step.kind !== 'other') this.#steps.set(here, step)
    return step
  }
}

/** This machine itself: nothing leads above `/`, and the kernel walks. */
function wholeMachine(): Confinement {
  const listings = new Listings()
  const place = (path: string): string => `/${names(path).join('/')}`
  return {
    root: '/',
    place: (_, path) => place(path),
    directory: (_, path) => place(path),
    list: (path) => listings.read(path, place(path)),
    listedFile: (path) => listings.fileAt(path),
    forget: () => listings.forget(),
  }
}

/** A folder as the root of a host. */
export async function confineTo(folder: string): Promise<Confinement> {
  const root = await realpath(folder)
  return root === '/' ? wholeMachine() : new Walker(root)
}
