// `npm run tarballs`: installs what is missing, builds, and packs every package into packed/, for projects elsewhere.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, ROOT, step } from './bootstrap.mjs'

const PACKED = join(ROOT, 'packed')
const PACK = ['pack', '--recursive', '--filter=./packages/*', '--filter=memhp']

await bootstrap()
rmSync(PACKED, { recursive: true, force: true })
if (await step('pack', 'pnpm', [...PACK, `--pack-destination=${PACKED}`]))
  console.log('\nIn your project: npm install PATH-OF-THIS-FOLDER/packed/*.tgz')
else process.exitCode = 1
