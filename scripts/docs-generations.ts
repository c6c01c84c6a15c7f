// Writes docs/generations.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generationsPage } from './generations-page'
import { ROOT } from './workspace'

writeFileSync(join(ROOT, 'docs/generations.md'), generationsPage())
