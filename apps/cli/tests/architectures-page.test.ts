import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { architecturesPage } from '../scripts/architectures/page'
import { loadPlugins } from '../src/source/plugins'

const PAGE = new URL('../../../docs/architectures.md', import.meta.url)

it('architectures are told by the page as memhp archs tells them (pnpm docs:architectures)', async () => {
  const { archs } = await loadPlugins()
  expect(architecturesPage(archs)).toBe(readFileSync(PAGE, 'utf8'))
})
