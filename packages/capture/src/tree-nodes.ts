import type { Capture } from './format'
import { pathNames } from './path'

export interface DirectoryNode {
  readonly kind: 'directory'
  mode: number
  readonly entries: Map<string, TreeNode>
}

export interface FileNode {
  readonly kind: 'file'
  mode: number
  /** Undefined where the file exists and has no text that anybody may read. */
  readonly text: string | undefined
  /** Errno of reading it, where the one who took the capture could not. */
  readonly errno: string | undefined
}

interface LinkNode {
  readonly kind: 'link'
  readonly target: string
}

export type TreeNode = DirectoryNode | FileNode | LinkNode

const DIRECTORY_MODE = 0o755
const FILE_MODE = 0o444

const directory = (): DirectoryNode => ({
  kind: 'directory',
  mode: DIRECTORY_MODE,
  entries: new Map(),
})

/** Puts nodes into a tree of directories; directories on the way are made. */
class TreeBuilder {
  readonly root: DirectoryNode = directory()
  readonly #directories = new Map<string, DirectoryNode>([['', this.root]])

  directory(path: string): DirectoryNode {
    const known = this.#directories.get(path)
    if (known !== undefined) return known
    const slash = path.lastIndexOf('/')
    const parent = this.directory(path.slice(0, slash))
    const made = directory()
    parent.entries.set(path.slice(slash + 1), made)
    this.#directories.set(path, made)
    return made
  }

  put(path: string, node: FileNode | LinkNode): void {
    const slash = path.lastIndexOf('/')
    this.directory(path.slice(0, slash)).entries.set(path.slice(slash + 1), node)
  }

  get(path: string): TreeNode | undefined {
    let node: TreeNode | undefined = this.root
    for (const name of pathNames(path)) {
      node = node?.kind === 'directory' ? node.entries.get(name) : undefined
    }
    return node
  }
}

function putUnreadable(builder: TreeBuilder, capture: Capture): void {
  for (const { path, errno } of capture.unreadable) {
    if (builder.get(path) !== undefined) continue
    const mode = Number.parseInt(capture.modes[path] ?? '400', 8)
    builder.put(path, { kind: 'file', mode, text: undefined, errno })
  }
}

function putModes(builder: TreeBuilder, capture: Capture): void {
  for (const [path, octal] of Object.entries(capture.modes)) {
    const mode = Number.parseInt(octal, 8)
    const node = builder.get(path)
    if (node === undefined) {
      builder.put(path, { kind: 'file', mode, text: undefined, errno: undefined })
    } else if (node.kind !== 'link') node.mode = mode
  }
}

/** The capture as a tree of nodes. Costs one step per path. */
export function buildNodes(capture: Capture): DirectoryNode {
  const builder = new TreeBuilder()
  for (const path of capture.directories) builder.directory(path)
  for (const [path, text] of Object.entries(capture.files)) {
    builder.put(path, { kind: 'file', mode: FILE_MODE, text, errno: undefined })
  }
  for (const [path, target] of Object.entries(capture.links)) {
    builder.put(path, { kind: 'link', target })
  }
  putUnreadable(builder, capture)
  putModes(builder, capture)
  return builder.root
}
