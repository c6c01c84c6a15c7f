import { isHotplugError, type LocalTree, type TreeEntry } from '@memhp/core'

const LINK_LIMIT = 40

/** What a question to the tree is answered with; undefined where the tree refuses. */
function unlessRefused<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return undefined
  }
}

/** What a path names; undefined where nothing is there or a part of it is not a directory. */
export const entryAt = (tree: LocalTree, path: string): TreeEntry | undefined =>
  unlessRefused(() => tree.lookup(path))

/** Names in a directory; none where it is none. */
export const namesIn = (tree: LocalTree, path: string): readonly string[] =>
  unlessRefused(() => tree.list(path)) ?? []

/** True for a directory, and for a link that leads to one. */
export const isDirectory = (tree: LocalTree, path: string): boolean =>
  unlessRefused(() => tree.list(path)) !== undefined

/** An absolute path, with `.` and `..` still in it. */
export const absolutePath = (cwd: string, path: string): string =>
  path.startsWith('/') ? path : `${cwd === '/' ? '' : cwd}/${path}`

/** An absolute path without `.` and `..`, which are taken as text: what `cd` does. */
export function logicalPath(cwd: string, path: string): string {
  const names: string[] = []
  for (const name of absolutePath(cwd, path).split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}

/** The path with every link in it followed; undefined where nothing is there. */
export function realPath(tree: LocalTree, path: string): string | undefined {
  let pending = path.split('/')
  const done: string[] = []
  for (let links = 0; pending.length > 0; ) {
    const [name = '', ...rest]: string[] = pending
    pending = rest
    if (name === '' || name === '.') continue
    if (name === '..') {
      done.pop()
      continue
    }
    const at = `/${[...done, name].join('/')}`
    const entry = entryAt(tree, at)
    if (entry === undefined) return undefined
    if (entry.kind !== 'link') {
      done.push(name)
      continue
    }
    links += 1
    if (links > LINK_LIMIT) return undefined
    const target = tree.readlink(at)
    if (target.startsWith('/')) done.length = 0
    pending = [...target.split('/'), ...pending]
  }
  return `/${done.join('/')}`
}

/** The last name of a path. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
