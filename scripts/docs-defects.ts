// Writes docs/defects.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defectsPage } from './defects-page'
import { ROOT } from './workspace'

writeFileSync(join(ROOT, 'docs/defects.md'), defectsPage())
