import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse } from 'node-html-parser'

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

/**
 * Whether a link leads somewhere on a built site: to a file of it, and, where it names a heading, to that.
 * @param out the folder of the site
 * @param page the file that has the link
 * @param href relative to the page
 */
export function isOnSite(
  out: string,
  page: string,
  href: string,
  namesOf: (file: string) => ReadonlySet<string> = namesIn,
): boolean {
  const [path = '', hash] = href.split('#', 2)
  const named = path === '' ? page : join(dirname(page), decodeURI(path))
  const file =
    existsSync(named) && statSync(named).isDirectory() ? join(named, 'index.html') : named
  if (relative(out, file).startsWith('..') || !existsSync(file)) return false
  return !hash || !file.endsWith('.html') || namesOf(file).has(decodeURIComponent(hash))
}

/**
 * Links of a site that lead nowhere: to no file of it, or to no heading of a page. Links to other sites are not followed.
 * @returns `page: link`
 */
export function brokenLinks(out: string): readonly string[] {
  const names = new Map<string, ReadonlySet<string>>()
  const namesOf = (file: string): ReadonlySet<string> => {
    const known = names.get(file) ?? namesIn(file)
    names.set(file, known)
    return known
  }
  return pagesBelow(out).flatMap((page) => {
    const file = join(out, page)
    const html = parse(readFileSync(file, 'utf8'))
    const addresses = ['href', 'src'].flatMap((attribute) =>
      html.querySelectorAll(`[${attribute}]`).map((each) => each.getAttribute(attribute) ?? ''),
    )
    return [...new Set(addresses)]
      .filter((address) => !/^[a-z]+:/i.test(address) && !isOnSite(out, file, address, namesOf))
      .map((address) => `${page}: ${address}`)
  })
}
