// Writes docs/kernels.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kernelsPage } from './kernels-page'
import { ROOT } from './workspace'

writeFileSync(join(ROOT, 'docs/kernels.md'), kernelsPage())
