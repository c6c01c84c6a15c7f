import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildPages } from '../src/build'
import { brokenLinks } from '../src/check-links'
import { Links } from '../src/links'
import { renderMarkdown } from '../src/markdown'
import { buildReference } from '../src/reference'

// All sources are read where the reference is made.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 })

const ROOT = dirname(dirname(dirname(import.meta.dirname)))
const isThorough = process.env.MEMHP_THOROUGH === '1'

let out = ''
beforeAll(() => {
  out = join(mkdtempSync(join(tmpdir(), 'memhp-site-')), 'site')
  buildPages({ root: ROOT, out })
})
afterAll(() => rmSync(dirname(out), { recursive: true, force: true }))

describe('the site', () => {
  test('has no link that leads nowhere', () => {
    expect(brokenLinks(out)).toEqual([])
  })

  test('has a page for each guide, table, specification, package and command, and what they link to', () => {
    const pages = [
      'index.html',
      'docs/errors.html',
      'docs/spec/hot-remove-series-2012.html',
      'packages/core/index.html',
      'apps/cli/index.html',
      'source/LICENSE.html',
    ]
    expect(pages.filter((page) => !existsSync(join(out, page)))).toEqual([])
  })

  test('marks where one is in the navigation', () => {
    const page = readFileSync(join(out, 'docs/errors.html'), 'utf8')
    expect(page).toContain('<a href="errors.html" aria-current="page">errors</a>')
    expect(page).toContain('<link rel="stylesheet" href="../site.css">')
  })

  test('lists every page with its headings on one, to which each leads', () => {
    const page = readFileSync(join(out, 'contents.html'), 'utf8')
    for (const href of ['docs/write-a-driver.html', 'packages/core/index.html#three-entries'])
      expect(page).toContain(`<a href="${href}">`)
    const deep = readFileSync(join(out, 'packages/core/index.html'), 'utf8')
    expect(deep).toContain('<a href="../../contents.html">Contents</a>')
  })

  test('a file that is gone and a heading that is not there are told', () => {
    const page = join(out, 'docs/odd.html')
    writeFileSync(
      page,
      '<a href="gone.html">a</a><a href="errors.html#no-such">b</a><a href="#c">c</a>',
    )
    expect(brokenLinks(out)).toEqual([
      'docs/odd.html: gone.html',
      'docs/odd.html: errors.html#no-such',
      'docs/odd.html: #c',
    ])
    rmSync(page)
  })

  test.skipIf(!isThorough)(
    'has the reference of what packages export, without a broken link',
    async () => {
      await buildReference(ROOT, join(out, 'reference'))
      const index = readFileSync(join(out, 'reference/index.html'), 'utf8')
      for (const name of ['@memhp/core/plugin', '@memhp/host', '@memhp/mount'])
        expect(index).toContain(name)
      expect(index).not.toContain('/src')
      expect(brokenLinks(out)).toEqual([])
    },
  )
})

describe('links of pages', () => {
  const pages = [
    { source: 'README.md', target: 'index.html', label: 'Start' },
    { source: 'docs/errors.md', target: 'docs/errors.html', label: 'errors' },
    { source: 'packages/core/README.md', target: 'packages/core/index.html', label: 'core' },
  ]
  const links = new Links(ROOT, pages)

  test.each([
    ['README.md', 'docs/errors.md#codes', 'docs/errors.html#codes'],
    ['docs/errors.md', '../packages/core', '../packages/core/index.html'],
    [
      'packages/core/README.md',
      '../../scenarios/25-ia64.yaml',
      '../../source/scenarios/25-ia64.yaml.html',
    ],
    ['README.md', 'https://example.org/', 'https://example.org/'],
    ['README.md', '#more', '#more'],
  ])('of %s: %s leads to %s', (from, href, address) => {
    expect(links.resolve(from, href)).toBe(address)
  })

  test.each(['no-such.md', '../outside.md'])(
    '%s leads nowhere, and is refused with its page',
    (href) => {
      expect(() => links.resolve('README.md', href)).toThrow(`README.md: ${href} leads nowhere`)
    },
  )
})

test('what looks like HTML is a text, and code keeps its signs', () => {
  const { title, html } = renderMarkdown(
    '# `a` b\n\n<N> & <script>x</script>\n\n```ts\na < b\n```\n',
    String,
  )
  expect(title).toBe('a b')
  expect(html).not.toContain('<script>')
  expect(html).toContain('&lt;N&gt;')
  expect(html).toContain('a &lt; b')
})
