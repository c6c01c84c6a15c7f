import { Marked, type Tokens } from 'marked'
import { gfmHeadingId } from 'marked-gfm-heading-id'
import { escapeHtml, highlight } from './highlight'

/** A text in Markdown as HTML. */
export interface Rendered {
  readonly title: string
  readonly html: string
}

const withoutMarkup = (text: string): string => text.replaceAll(/[`*_]/g, '')

/**
 * Renders Markdown as GitHub does: its tables, and its names of headings.
 * @param resolve the address of what a link names
 */
export function renderMarkdown(text: string, resolve: (href: string) => string): Rendered {
  const marked = new Marked({ gfm: true }, gfmHeadingId(), {
    walkTokens(token) {
      if (token.type === 'link' || token.type === 'image') token.href = resolve(token.href)
    },
    renderer: {
      // What looks like HTML in our texts is a text: <N>.
      html: ({ text: raw }: Tokens.HTML | Tokens.Tag) => escapeHtml(raw),
      code: ({ text: code, lang }: Tokens.Code) =>
        `<pre><code>${highlight(code, lang ?? '')}</code></pre>\n`,
      table(token: Tokens.Table) {
        return `<div class="wide">${new Marked().Renderer.prototype.table.call(this, token)}</div>`
      },
    },
  })
  const title = /^# (.+)$/m.exec(text)?.[1] ?? ''
  return { title: withoutMarkup(title), html: marked.parse(text, { async: false }) }
}
