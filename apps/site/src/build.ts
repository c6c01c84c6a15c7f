import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, posix } from 'node:path'
import { CONTENTS, contentsPage } from './contents'
import { escapeHtml, highlight } from './highlight'
import { type Entry, layOut, type Navigation, type Shown } from './layout'
import { isText, type Linked, Links, sourceTarget } from './links'
import { renderMarkdown } from './markdown'
import { groupsOf } from './pages'

/** What the site is made of, and where it goes. */
export interface SiteOptions {
  /** The repository. */
  readonly root: string
  /** The folder of the site; what was in it is gone. */
  readonly out: string
  /** What stands beside the pages: the reference of the packages, the dashboard. */
  readonly beside?: readonly Entry[]
}

function write(out: string, path: string, text: string): void {
  const file = join(out, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** A file of the repository that a page links to, as a page. */
function sourcePage(root: string, linked: Linked): Shown {
  const text = readFileSync(join(root, linked.path), 'utf8')
  const code = highlight(text, extname(linked.path).slice(1) || 'sh')
  const html = `<h1><code>${escapeHtml(linked.path)}</code></h1>\n<pre><code>${code}</code></pre>`
  return { target: sourceTarget(linked), title: linked.path, html }
}

/** A folder of the repository that a page links to: its names. */
function folderPage(root: string, linked: Linked): Shown {
  const entries = readdirSync(join(root, linked.path), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules' && name !== 'dist')
    .map(
      (entry) => `<li><code>${escapeHtml(entry.name)}${entry.isDirectory() ? '/' : ''}</code></li>`,
    )
  const html = `<h1><code>${escapeHtml(linked.path)}/</code></h1>\n<ul>\n${entries.join('\n')}\n</ul>`
  return { target: sourceTarget(linked), title: `${linked.path}/`, html }
}

/**
 * Writes the pages of the site.
 * @returns how many there are
 * @throws Error for a link that leads nowhere, with its page
 */
export function buildPages({ root, out, beside = [] }: SiteOptions): number {
  const groups = groupsOf(root)
  const pages = groups.flatMap((group) => group.pages)
  const links = new Links(root, pages)
  const places: Navigation = { groups, beside: [...beside, CONTENTS] }
  rmSync(out, { recursive: true, force: true })
  const shown = pages.map(({ source, target, label }): Shown => {
    const text = readFileSync(join(root, source), 'utf8')
    const { title, html } = renderMarkdown(text, (href) => links.resolve(source, href))
    return { target, title: title || label, html }
  })
  const sources = links.linked.flatMap((linked): Shown[] => {
    if (linked.kind === 'folder') return [folderPage(root, linked)]
    if (isText(linked.path)) return [sourcePage(root, linked)]
    mkdirSync(join(out, posix.dirname(sourceTarget(linked))), { recursive: true })
    cpSync(join(root, linked.path), join(out, sourceTarget(linked)))
    return []
  })
  const all = [...shown, ...sources, contentsPage(places, shown)]
  for (const each of all) write(out, each.target, layOut(each, places))
  cpSync(join(import.meta.dirname, 'site.css'), join(out, 'site.css'))
  return all.length
}
