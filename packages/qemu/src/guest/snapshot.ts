import { gunzipSync } from 'node:zlib'
import type { LocalTree, TreeEntry } from '@memhp/core'
import { FLAT_PARTS, flatView } from '@memhp/trace'
import { refusal, type TreeAction } from './tree-error'

type Node =
  | { readonly kind: 'file'; readonly lines: string[] }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'directory'; readonly names: Set<string> }

/** A tree of those files and links that were read at one moment. */
class SnapshotTree implements LocalTree {
  readonly #nodes = new Map<string, Node>([['/', { kind: 'directory', names: new Set() }]])

  addLine(path: string, line: string): void {
    const node = this.#nodes.get(path)
    if (node?.kind === 'file') node.lines.push(line)
    else this.#add(path, { kind: 'file', lines: [line] })
  }

  addLink(path: string, target: string): void {
    this.#add(path, { kind: 'link', target })
  }

  read(path: string): string {
    const node = this.#node('read', path)
    if (node.kind !== 'file') throw refusal('read', path, 'EISDIR')
    return node.lines.map((line) => `${line}\n`).join('')
  }

  list(path: string): readonly string[] {
    const node = this.#node('list', path)
    if (node.kind !== 'directory') throw refusal('list', path, 'ENOTDIR')
    return [...node.names].sort()
  }

  readlink(path: string): string {
    const node = this.#node('readlink', path)
    if (node.kind !== 'link') throw refusal('readlink', path, 'EINVAL')
    return node.target
  }

  lookup(path: string): TreeEntry | undefined {
    const node = this.#nodes.get(path)
    return node && { kind: node.kind, mode: 0o444 }
  }

  write(path: string): void {
    throw refusal('write', path, 'EROFS')
  }

  #node(action: TreeAction, path: string): Node {
    const node = this.#nodes.get(path)
    if (node === undefined) throw refusal(action, path, 'ENOENT')
    return node
  }

  #add(path: string, node: Node): void {
    this.#nodes.set(path, node)
    const parts = path.split('/').slice(1)
    for (let depth = 0; depth < parts.length; depth++) {
      const folder = `/${parts.slice(0, depth).join('/')}`
      const parent: Node = this.#nodes.get(folder) ?? { kind: 'directory', names: new Set() }
      if (parent.kind === 'directory') parent.names.add(parts[depth] ?? '')
      this.#nodes.set(folder, parent)
    }
  }
}

/** `PATH:LINE`. The only colon in a path of these is that of an ACPI device's name. */
const FILE_LINE = /^(\/(?:[^:]|(?<=PNP0C80):)*):(.*)$/
const LINK_LINE = /^'(.*)' -> '(.*)'$/

/** Reads what the agent's `flat` prints. */
export function readSnapshot(packed: Buffer): LocalTree {
  const tree = new SnapshotTree()
  for (const line of gunzipSync(packed).toString().split('\n')) {
    const [, link, target] = LINK_LINE.exec(line) ?? []
    if (link !== undefined && target !== undefined) {
      tree.addLink(link, target)
      continue
    }
    const [, path, text] = FILE_LINE.exec(line) ?? []
    if (path !== undefined && text !== undefined) tree.addLine(path, text)
  }
  return tree
}

/** The flat view of what the agent's `flat` printed, and how much memory is poisoned, where the kernel counts it. */
export const flatViewOf = (packed: Buffer): Record<string, string> =>
  flatView(readSnapshot(packed), { parts: [...FLAT_PARTS, 'hardwareCorrupted'] })
