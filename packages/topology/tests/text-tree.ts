import { HotplugError, type LocalTree } from '@memhp/core'

/** Texts by absolute path; `-> target` is a link, null a file that answers EACCES. */
export type TreeTexts = Readonly<Record<string, string | null>>

/** A file tree over texts: what the tests of this package read. Also counts what is asked of it. */
export interface TextTree extends LocalTree {
  readonly reads: string[]
}

const refuse = (code: 'NO_SUCH_FILE' | 'NOT_READABLE' | 'NOT_A_LINK', path: string): never => {
  const errno = { NO_SUCH_FILE: 'ENOENT', NOT_READABLE: 'EACCES', NOT_A_LINK: 'EINVAL' } as const
  throw new HotplugError(code, errno[code], path)
}

export function textTree(texts: TreeTexts): TextTree {
  const children = new Map<string, Set<string>>()
  for (const path of Object.keys(texts)) {
    const parts = path.split('/').slice(1)
    parts.forEach((name, depth) => {
      const parent = `/${parts.slice(0, depth).join('/')}`
      children.set(parent, (children.get(parent) ?? new Set()).add(name))
    })
  }
  const reads: string[] = []
  return {
    reads,
    read: (path) => {
      reads.push(path)
      const text = texts[path]
      if (text === null) return refuse('NOT_READABLE', path)
      return text ?? refuse('NO_SUCH_FILE', path)
    },
    write: (path) => refuse('NOT_READABLE', path),
    list: (path) => [...(children.get(path) ?? refuse('NO_SUCH_FILE', path))],
    readlink: (path) => {
      const text = texts[path] ?? refuse('NO_SUCH_FILE', path)
      return text.startsWith('-> ') ? text.slice(3) : refuse('NOT_A_LINK', path)
    },
    lookup: (path) => {
      if (children.has(path)) return { kind: 'directory', mode: 0o755 }
      const text = texts[path]
      if (text === undefined) return undefined
      return { kind: text?.startsWith('-> ') ? 'link' : 'file', mode: 0o444 }
    },
  }
}
