// Builds the site: pnpm site [FOLDER] [--no-reference]
import { cpSync, existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { buildPages } from './build'
import { brokenLinks } from './check-links'
import { buildReference } from './reference'

const ROOT = dirname(dirname(dirname(import.meta.dirname)))
const DASHBOARD = join(ROOT, 'apps/dashboard/dist')

const args = process.argv.slice(2)
const out = resolve(
  args.find((each) => !each.startsWith('--')) ?? join(import.meta.dirname, '../dist'),
)
const hasReference = !args.includes('--no-reference')
const hasDashboard = existsSync(join(DASHBOARD, 'index.html'))
const beside = [
  ...(hasDashboard ? [{ label: 'Dashboard', target: 'dashboard/index.html' }] : []),
  ...(hasReference ? [{ label: 'Reference', target: 'reference/index.html' }] : []),
]
const count = buildPages({ root: ROOT, out, beside })
if (hasReference) await buildReference(ROOT, join(out, 'reference'))
if (hasDashboard) cpSync(DASHBOARD, join(out, 'dashboard'), { recursive: true })
const broken = brokenLinks(out)
for (const link of broken) console.error(`leads nowhere: ${link}`)
console.log(
  `${out}: ${count} pages${hasDashboard ? '' : ', without the dashboard, which is not built'}`,
)
if (broken.length > 0) process.exitCode = 1
