import { isHotplugError } from '../errors/hotplug-error'
import type { Directory, TreeNode } from '../model/directory'
import type { LocalTree } from '../model/file-tree'

/**
 * A directory to look into many times: what is in it is found without a walk from the root. Like a file descriptor,
 * it may outlive the directory.
 * @returns undefined where the path leads to no directory
 * @throws HotplugError TOO_MANY_LINKS
 * @beta
 */
export function openDirectory(tree: LocalTree, path: string): Directory | undefined {
  if (tree.directory !== undefined) return tree.directory(path)
  try {
    tree.list(path)
  } catch (error) {
    if (isHotplugError(error) && ['ENOENT', 'ENOTDIR'].includes(error.errno)) return undefined
    throw error
  }
  return directoryAt(tree, path)
}

const directoryAt = (tree: LocalTree, path: string): Directory => ({
  kind: 'directory',
  names: () => tree.list(path),
  get: (name) => nodeAt(tree, `${path}/${name}`),
})

function nodeAt(tree: LocalTree, path: string): TreeNode | undefined {
  const entry = tree.lookup(path)
  switch (entry?.kind) {
    case 'file':
      return { kind: 'file', mode: entry.mode, show: () => tree.read(path) }
    case 'link':
      return { kind: 'link', target: tree.readlink(path) }
    case 'directory':
      return directoryAt(tree, path)
    case undefined:
      return undefined
  }
}
