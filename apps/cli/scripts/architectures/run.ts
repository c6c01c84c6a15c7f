// Writes docs/architectures.md: pnpm docs:architectures.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadPlugins } from '../../src/source/plugins'
import { architecturesPage } from './page'

const PAGE = fileURLToPath(new URL('../../../../docs/architectures.md', import.meta.url))

writeFileSync(PAGE, architecturesPage((await loadPlugins()).archs))
