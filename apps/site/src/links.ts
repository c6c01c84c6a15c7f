import { existsSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Page } from './pages'

/** A file or folder of the repository, beside the pages, that a page links to. */
export interface Linked {
  /** Below the root of the repository: `scenarios/25-ia64.yaml`. */
  readonly path: string
  readonly kind: 'file' | 'folder'
}

/** Whether a link says by itself where it leads, as those to other sites do. */
export const isElsewhere = (href: string): boolean => /^[a-z]+:/i.test(href)

/** Where links of pages lead on the site. What they ask for besides pages is gathered. */
export class Links {
  readonly #root: string
  readonly #targets: ReadonlyMap<string, string>
  readonly #linked = new Map<string, Linked>()

  constructor(root: string, pages: readonly Page[]) {
    this.#root = root
    this.#targets = new Map(pages.map(({ source, target }) => [source, target]))
  }

  /** Files and folders that pages link to. */
  get linked(): readonly Linked[] {
    return [...this.#linked.values()]
  }

  /** Where a page is on the site. @throws Error for a file that is not a page */
  target(source: string): string {
    const target = this.#targets.get(source)
    if (target === undefined) throw new Error(`${source} is not a page of the site`)
    return target
  }

  /**
   * The address on the site of what a link of a page names.
   * @param from the page's file, below the root of the repository
   * @throws Error for a link that leads nowhere
   */
  resolve(from: string, href: string): string {
    if (isElsewhere(href) || href.startsWith('#')) return href
    const [path = '', hash] = href.split('#', 2)
    const named = posix
      .normalize(posix.join(posix.dirname(from), decodeURI(path)))
      .replace(/\/$/, '')
    const target = this.#targetOf(named)
    if (target === undefined) throw new Error(`${from}: ${href} leads nowhere`)
    const own = this.#targets.get(from) ?? ''
    const relative = posix.relative(posix.dirname(own), target)
    return hash === undefined ? relative : `${relative}#${hash}`
  }

  #targetOf(path: string): string | undefined {
    const known = this.#targets.get(path) ?? this.#targets.get(posix.join(path, 'README.md'))
    if (known !== undefined) return known
    const file = join(this.#root, path)
    if (path.startsWith('..') || !existsSync(file)) return undefined
    const kind = statSync(file).isDirectory() ? 'folder' : 'file'
    this.#linked.set(path, { path, kind })
    return sourceTarget({ path, kind })
  }
}

/** Texts become pages, all else is copied. */
export const isText = (path: string): boolean =>
  /\.(?:ts|js|mjs|cjs|json|jsonc|yaml|yml|sh|py|txt)$|\/(?:run|LICENSE)$|^LICENSE$/.test(path)

/** Where a file or folder of the repository is on the site. */
export const sourceTarget = ({ path, kind }: Linked): string =>
  kind === 'folder' || isText(path) ? `source/${path}.html` : `source/${path}`
