// Writes docs/errors.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsPage } from './error-codes'
import { ROOT } from './workspace'

writeFileSync(join(ROOT, 'docs/errors.md'), errorsPage())
