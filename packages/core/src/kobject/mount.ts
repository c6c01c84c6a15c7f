import type { Attribute, Directory, TreeNode } from '../model/directory'

/** A directory of fixed entries, in the order given. @beta */
export function directoryOf(entries: Readonly<Record<string, TreeNode>>): Directory {
  return {
    kind: 'directory',
    names: () => Object.keys(entries),
    get: (name) => (Object.hasOwn(entries, name) ? entries[name] : undefined),
  }
}

/** A file that can only be read, mode 0444. @beta */
export const readOnly = (show: () => string): Attribute => ({ kind: 'file', mode: 0o444, show })

/** A file that can be read and written, mode 0644. @beta */
export const readWrite = (show: () => string, store: (text: string) => void): TreeNode => ({
  kind: 'file',
  mode: 0o644,
  show,
  store,
})

/** A file that can only be written, mode 0200. @beta */
export const writeOnly = (store: (text: string) => void): TreeNode => ({
  kind: 'file',
  mode: 0o200,
  store,
})

/** `uevent` of a device without a number, a name or a driver: nothing to read. @param send what a write does */
export const ueventOf = (send: () => void): TreeNode => readWrite(() => '', send)

/**
 * A symbolic link.
 * @param target its text, relative to the directory that it is in
 * @beta
 */
export const linkTo = (target: string): TreeNode => ({ kind: 'link', target })

interface MountPoint {
  node: TreeNode | undefined
  readonly children: Map<string, MountPoint>
}

/** One tree out of nodes at absolute paths. A mounted directory and what is mounted below it show together. @beta */
export function mountAll(mounts: Readonly<Record<string, TreeNode>>): Directory {
  const root: MountPoint = { node: undefined, children: new Map() }
  for (const [path, node] of Object.entries(mounts)) {
    let point = root
    for (const name of path.split('/').filter((part) => part !== '')) {
      let child = point.children.get(name)
      if (child === undefined) {
        child = { node: undefined, children: new Map() }
        point.children.set(name, child)
      }
      point = child
    }
    point.node = node
  }
  return directoryAt(root)
}

function directoryAt(point: MountPoint): Directory {
  const mounted = point.node?.kind === 'directory' ? point.node : undefined
  const below = new Map(
    [...point.children].map(([name, child]) => [
      name,
      child.children.size === 0 && child.node !== undefined ? child.node : directoryAt(child),
    ]),
  )
  return {
    kind: 'directory',
    names: () => [...new Set([...(mounted?.names() ?? []), ...below.keys()])],
    get: (name) => below.get(name) ?? mounted?.get(name),
  }
}
