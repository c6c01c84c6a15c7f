import { parse } from 'node-html-parser'
import { escapeHtml } from './highlight'
import type { Entry, Navigation, Shown } from './layout'

/** The page that lists all others, at the head of each. */
export const CONTENTS: Entry = { label: 'Contents', target: 'contents.html' }

const links = (entries: readonly { readonly href: string; readonly text: string }[]): string =>
  entries.map(({ href, text }) => `<li><a href="${href}">${escapeHtml(text)}</a></li>`).join('')

function headingsOf({ target, html }: Shown): string {
  const headings = parse(html).querySelectorAll('h2[id], h3[id]')
  const entries = headings.map(({ id, text }) => ({ href: `${target}#${id}`, text: text.trim() }))
  return entries.length === 0 ? '' : `<ul>${links(entries)}</ul>`
}

/** All pages with their headings on one page, which a browser searches: pages of the site carry no script. */
export function contentsPage({ groups }: Navigation, shown: readonly Shown[]): Shown {
  const byTarget = new Map(shown.map((each) => [each.target, each]))
  const sections = groups.map(({ title, pages }) => {
    const entries = pages.map(({ target, label }) => {
      const page = byTarget.get(target)
      const headings = page === undefined ? '' : headingsOf(page)
      return `<li><a href="${target}">${escapeHtml(label)}</a>${headings}</li>`
    })
    return `<h2>${escapeHtml(title)}</h2>\n<ul class="contents">${entries.join('\n')}</ul>`
  })
  const html = `<h1>Contents</h1>\n<p>Every page with its headings: a word is found with the browser’s own search.</p>\n${sections.join('\n')}`
  return { target: CONTENTS.target, title: 'Contents', html }
}
