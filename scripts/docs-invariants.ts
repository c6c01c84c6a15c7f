// Writes docs/invariants.md and docs/not-rolled-back.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { invariantsPage, notRolledBackPage } from './invariants-page'
import { ROOT } from './workspace'

writeFileSync(join(ROOT, 'docs/invariants.md'), invariantsPage())
writeFileSync(join(ROOT, 'docs/not-rolled-back.md'), notRolledBackPage())
