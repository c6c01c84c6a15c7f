// Writes docs/injection-points.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { injectionPointsPage, passedPoints } from './injection-points-page'
import { ROOT } from './workspace'

writeFileSync(join(ROOT, 'docs/injection-points.md'), injectionPointsPage(passedPoints()))
