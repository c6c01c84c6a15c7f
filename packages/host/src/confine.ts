import { lstat, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileAction, fileError, refusal } from './file-error'

const MOST_LINKS = 40

/** Turns paths of a host into paths below the folder that stands for its root. */
export interface Confinement {
  /** The folder, free of links. */
  readonly root: string
  /**
   * @param last whether a link in the last place is followed
   * @returns a path of this machine below `root`, in which nothing but a kept last name can be a link
   * @throws HotplugError NO_SUCH_FILE, NOT_A_DIRECTORY, TOO_MANY_LINKS
   */
  place(action: FileAction, path: string, last: 'follow' | 'keep'): Promise<string>
}

const names = (path: string): string[] => path.split('/').filter((name) => name !== '')

/** Walks a path name by name as chroot(2) would: links and `..` never lead above `root`. */
async function walk(
  action: FileAction,
  path: string,
  { root, last }: { readonly root: string; readonly last: 'follow' | 'keep' },
): Promise<string> {
  const todo = names(path).reverse()
  const walked: string[] = []
  let links = 0
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (name === '.') continue
    if (name === '..') {
      walked.pop()
      continue
    }
    const here = join(root, ...walked, name)
    try {
      const isLink = (await lstat(here)).isSymbolicLink()
      if (!isLink || (last === 'keep' && todo.length === 0)) {
        walked.push(name)
        continue
      }
      links += 1
      if (links > MOST_LINKS) throw refusal(action, path, { errno: 'ELOOP' })
      const target = await readlink(here)
      if (target.startsWith('/')) walked.length = 0
      todo.push(...names(target).reverse())
    } catch (error) {
      throw fileError(action, path, error)
    }
  }
  return join(root, ...walked)
}

/** True where the kernel's own walk has led to a path below the root; then no slow walk is needed. */
async function leadsInside(root: string, candidate: string): Promise<boolean> {
  try {
    const real = await realpath(candidate)
    return real === root || real.startsWith(`${root}/`)
  } catch {
    return false
  }
}

/** A folder as the root of a host. `/` is this machine itself: nothing leads above it. */
export async function confineTo(folder: string): Promise<Confinement> {
  const root = await realpath(folder)
  return {
    root,
    async place(action, path, last) {
      if (root === '/') return `/${names(path).join('/')}`
      const parts = names(path)
      const plain = !parts.some((name) => name === '.' || name === '..')
      const kept = last === 'keep' ? parts.slice(0, -1) : parts
      const candidate = join(root, ...parts)
      if (plain && (await leadsInside(root, join(root, ...kept)))) return candidate
      return walk(action, path, { root, last })
    },
  }
}
