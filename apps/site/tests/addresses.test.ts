import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { Addresser, addressesOf } from '../src/addresses'
import { buildPages } from '../src/build'
import { BuiltSite } from '../src/check-links'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const ROOT = dirname(dirname(dirname(import.meta.dirname)))
const SITE = 'https://example.org/memhp/'
const GIVEN = { site: 'https://example.org/memhp', repository: 'https://example.org/memhp.git' }

const published = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(ROOT, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => existsSync(join(ROOT, folder, 'package.json')))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => manifest.private !== true),
)

let folder = ''
let built = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memhp-addresses-'))
  built = join(folder, 'site')
  buildPages({ root: ROOT, out: built })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const isThere = (address: string): boolean =>
  new BuiltSite(built).has('index.html', address.slice(SITE.length))

/** Addresses in the links of a text. */
const linksOf = (text: string): readonly string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/\]\(([^)\s]+)\)/g)].map(
    ({ 1: href = '' }) => href,
  )

describe('what is published', () => {
  test.skipIf(!THOROUGH)(
    'is packed with addresses that lead to pages of the site; the working tree stays as it is',
    () => {
      const status = (): string =>
        execFileSync('git', ['status', '--porcelain'], { cwd: ROOT, encoding: 'utf8' })
      const before = status()
      const packed = join(folder, 'packed')
      mkdirSync(packed)
      const chosen = ['packages/core', 'apps/cli']
      for (const each of chosen)
        execFileSync(
          'npm',
          ['pack', '--ignore-scripts', '--silent', `--pack-destination=${packed}`],
          {
            cwd: join(ROOT, each),
          },
        )
      const run = spawnSync(
        process.execPath,
        [
          ...['--import', 'tsx', join(import.meta.dirname, '../src/address-tarballs.ts'), packed],
          ...['--built', built, '--site', GIVEN.site, '--repository', GIVEN.repository],
        ],
        { cwd: join(ROOT, 'apps/site'), encoding: 'utf8' },
      )
      expect(run).toMatchObject({ status: 0, stdout: expect.stringContaining('2 packages') })
      for (const name of readdirSync(packed)) {
        const read = (file: string): string =>
          execFileSync('tar', ['-xzOf', join(packed, name), `package/${file}`], {
            encoding: 'utf8',
          })
        const { homepage, repository } = JSON.parse(read('package.json'))
        expect(isThere(homepage)).toBe(true)
        expect(repository).toMatchObject({ type: 'git', url: `git+${GIVEN.repository}` })
        expect(chosen).toContain(repository.directory)
        expect(read('README.md')).toContain(`](${SITE}`)
      }
      expect(status()).toBe(before)
    },
  )

  test.each(published)('of $folder says where it is, and every link is absolute', (each) => {
    const addresser = new Addresser(addressesOf(GIVEN), { root: ROOT, built })
    const text = readFileSync(join(ROOT, each.folder, 'README.md'), 'utf8')
    const { manifest, readme } = addresser.address(each.folder, {
      manifest: each.manifest,
      readme: text,
    })
    expect(manifest).toMatchObject({
      homepage: `${SITE}${each.folder}/index.html`,
      repository: { directory: each.folder },
    })
    const links = linksOf(readme)
    expect(links.length).toBe(linksOf(text.replace(/^Not on npm yet: .*$/m, '')).length)
    expect(links.filter((href) => !/^https?:/.test(href))).toEqual([])
    expect(links.filter((href) => href.startsWith(SITE) && !isThere(href))).toEqual([])
    expect(readme).not.toContain('Not on npm yet')
    expect(readme).toContain(`npm install ${each.manifest.name}`)
  })

  test.each(published)('of $folder is refused from the folder itself', ({ manifest }) => {
    expect(manifest.scripts.prepublishOnly).toBe('node ../../scripts/refuse-publish.mjs')
  })

  test('a link to a page that the site has not is told, and code is left alone', () => {
    const addresser = new Addresser(addressesOf(GIVEN), { root: ROOT, built })
    const address = (readme: string): string =>
      addresser.address('packages/core', { manifest: { name: 'x' }, readme }).readme
    expect(address('`[a](../host)` and [a](../host), [b](#three-entries)')).toBe(
      `\`[a](../host)\` and [a](${SITE}packages/host/index.html), [b](${SITE}packages/core/index.html#three-entries)`,
    )
    expect(address('[`a`](../host), [b](../host) and `a`')).toBe(
      `[\`a\`](${SITE}packages/host/index.html), [b](${SITE}packages/host/index.html) and \`a\``,
    )
    expect(() => address('[![a](../core)](../host)')).toThrow('a link is not written as')
    expect(() => address('> [a\n> b](../host)')).toThrow('a link is not written as')
    expect(() => address('[a](../host#no-such)')).toThrow('which the site in')
    expect(() => address('[a](../nowhere)')).toThrow('leads nowhere')
    expect(() => address('[a][b]\n\n[b]: ../host')).toThrow('a link is not written as')
  })
})

test.each([
  [{ site: undefined, repository: GIVEN.repository }, '--site is missing'],
  [{ site: GIVEN.site, repository: '' }, '--repository is missing'],
  [{ ...GIVEN, site: 'example.org' }, '--site "example.org": not an address'],
  [{ ...GIVEN, site: 'file:///site' }, 'not an address'],
  [{ ...GIVEN, repository: 'https://me:secret@example.org/x' }, 'not an address'],
  [{ ...GIVEN, site: 'https://example.org/?a' }, 'not an address'],
])('%j are not addresses', (given, words) => {
  expect(() => addressesOf(given)).toThrow(words)
})

test('addresses are written as npm writes them', () => {
  expect(addressesOf(GIVEN)).toEqual({ site: SITE, repository: `git+${GIVEN.repository}` })
  expect(addressesOf({ ...GIVEN, repository: 'git+ssh://git@example.org/x.git' }).repository).toBe(
    'git+ssh://git@example.org/x.git',
  )
})
