// Writes docs/side-by-side.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sideBySidePage } from './side-by-side-page'
import { ROOT } from './workspace'

writeFileSync(join(ROOT, 'docs/side-by-side.md'), await sideBySidePage())
