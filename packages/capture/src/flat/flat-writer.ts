import { isHotplugError, type LocalTree } from '@memhp/core'
import { type Directory, openDirectory, type TreeNode } from '@memhp/core/plugin'

const NO_DIRECTORY: Directory = { kind: 'directory', names: () => [], get: () => undefined }

function unlessRefused<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (isHotplugError(error)) return undefined
    throw error
  }
}

/** The keys that begin alike. Each is made once: the next view has mostly the same. */
class FlatPlace {
  readonly #writer: FlatWriter
  readonly #start: string
  readonly #keys = new Map<string, string>()

  constructor(writer: FlatWriter, start: string) {
    this.#writer = writer
    this.#start = start
  }

  put(name: string, text: string): void {
    let key = this.#keys.get(name)
    if (key === undefined) {
      key = this.#start + name
      this.#keys.set(name, key)
    }
    this.#writer.view.set(key, text)
  }

  /** Puts a file's text without its final newline, or where a link leads. */
  putNode(name: string, node: TreeNode | undefined): void {
    if (node?.kind === 'link') this.put(name, `-> ${node.target}`)
    if (node?.kind !== 'file') return
    const text = unlessRefused(() => node.show?.())
    if (text !== undefined) this.put(name, text.endsWith('\n') ? text.slice(0, -1) : text)
  }
}

/** Writes flat views of one tree, one after the other. */
export class FlatWriter {
  /** The view that is being written. */
  view: Map<string, string> = new Map()
  readonly #tree: LocalTree
  readonly #places = new Map<string, FlatPlace>()

  constructor(tree: LocalTree) {
    this.#tree = tree
  }

  /** Where keys with this beginning are put: `/sys/devices/system/node/`, `/proc/meminfo#`. */
  place(start: string): FlatPlace {
    const known = this.#places.get(start)
    if (known !== undefined) return known
    const place = new FlatPlace(this, start)
    this.#places.set(start, place)
    return place
  }

  /** A directory; one without names where there is none. */
  directory(path: string): Directory {
    return openDirectory(this.#tree, path) ?? NO_DIRECTORY
  }

  /** A file's text; empty where it cannot be read. */
  text(path: string): string {
    return unlessRefused(() => this.#tree.read(path)) ?? ''
  }
}
