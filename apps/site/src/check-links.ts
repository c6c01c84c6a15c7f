import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse } from 'node-html-parser'
import { isElsewhere } from './links'

/** All pages below a folder. */
const pagesBelow = (out: string): readonly string[] =>
  readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .sort()

/** Names that a link may lead to within a page. */
const namesIn = (file: string): ReadonlySet<string> => {
  const page = parse(readFileSync(file, 'utf8'))
  return new Set(page.querySelectorAll('[id]').map((element) => element.id))
}

/** A built site, of which links are looked up. */
export class BuiltSite {
  readonly #out: string
  readonly #names = new Map<string, ReadonlySet<string>>()

  /** @param out the folder of the site */
  constructor(out: string) {
    this.#out = out
  }

  /**
   * Whether a link leads somewhere on the site: to a file of it, and, where it names a heading, to that.
   * @param page the page that has the link, below the folder
   * @param href relative to the page
   */
  has(page: string, href: string): boolean {
    const [path = '', hash] = href.split('#', 2)
    const own = join(this.#out, page)
    const named = path === '' ? own : join(dirname(own), decodeURI(path))
    const file =
      existsSync(named) && statSync(named).isDirectory() ? join(named, 'index.html') : named
    if (relative(this.#out, file).startsWith('..') || !existsSync(file)) return false
    return !hash || !file.endsWith('.html') || this.#namesOf(file).has(decodeURIComponent(hash))
  }

  #namesOf(file: string): ReadonlySet<string> {
    const known = this.#names.get(file) ?? namesIn(file)
    this.#names.set(file, known)
    return known
  }
}

/**
 * Links of a site that lead nowhere: to no file of it, or to no heading of a page. Links to other sites are not followed.
 * @returns `page: link`
 */
export function brokenLinks(out: string): readonly string[] {
  const site = new BuiltSite(out)
  return pagesBelow(out).flatMap((page) => {
    const html = parse(readFileSync(join(out, page), 'utf8'))
    const addresses = ['href', 'src'].flatMap((attribute) =>
      html.querySelectorAll(`[${attribute}]`).map((each) => each.getAttribute(attribute) ?? ''),
    )
    return [...new Set(addresses)]
      .filter((address) => !isElsewhere(address) && !site.has(page, address))
      .map((address) => `${page}: ${address}`)
  })
}
