import { posix } from 'node:path'
import { escapeHtml } from './highlight'
import type { Group } from './pages'

/** What a page of the site shows. */
export interface Shown {
  /** Below the root of the site. */
  readonly target: string
  readonly title: string
  readonly html: string
}

/** A link at the head of every page: `api/index.html`. */
export interface Entry {
  readonly label: string
  readonly target: string
}

/** The navigation: pages in groups, and what every page has at its head. */
export interface Navigation {
  readonly groups: readonly Group[]
  readonly beside: readonly Entry[]
}

const link = (from: string, { target, label }: Entry): string => {
  const href = posix.relative(posix.dirname(from), target)
  const current = from === target ? ' aria-current="page"' : ''
  return `<li><a href="${href}"${current}>${escapeHtml(label)}</a></li>`
}

function navigation({ groups }: Navigation, from: string): string {
  const sections = groups.map(({ title, pages }) => {
    const isOpen = title === 'Guides' || pages.some(({ target }) => target === from)
    const entries = pages.map((entry) => link(from, entry)).join('')
    return `<details${isOpen ? ' open' : ''}><summary>${title}</summary><ul>${entries}</ul></details>`
  })
  return sections.join('')
}

/** A whole page. */
export function layOut({ target, title, html }: Shown, places: Navigation): string {
  const up = posix.relative(posix.dirname(target), '.') || '.'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}${title === 'memhp' ? '' : ' · memhp'}</title>
<link rel="stylesheet" href="${up}/site.css">
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header><a class="home" href="${up}/index.html">memhp</a> <span>memory hot-plug and hot-remove</span>
<ul>${places.beside.map((entry) => link(target, entry)).join('')}<li class="to-pages"><a href="#pages">Pages</a></li></ul></header>
<nav id="pages" aria-label="Pages">${navigation(places, target)}</nav>
<main id="content">
${html}
</main>
</body>
</html>
`
}
