// `npm run tarballs`: installs what is missing, builds, and packs every package into packed/, for projects elsewhere. With the addresses of
// site and repository, `npm run tarballs -- --site URL --repository URL`, it packs them for publishing.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, ROOT, step, turboBuild } from './bootstrap.mjs'

const PACKED = join(ROOT, 'packed')
const PACK = ['pack', '--recursive', '--filter=./packages/*', '--filter=memhp']
const SITE = ['--filter', 'memhp-site']

const addresses = process.argv.slice(2)
const lacks = ['--site', '--repository'].filter(
  (flag) => !addresses.some((word) => word === flag || word.startsWith(`${flag}=`)),
)
if (addresses.length > 0 && lacks.length > 0) {
  console.error(`missing: ${lacks.join(', ')}. npm run tarballs -- --site URL --repository URL`)
  process.exit(2)
}

/** Has links and manifests of what is packed say where the site is, whose pages they name. */
const addressed = async () =>
  (await step('site', 'pnpm', [...SITE, 'site'])) &&
  (await step('addresses', 'pnpm', [...SITE, 'address', PACKED, ...addresses]))

await bootstrap()
rmSync(PACKED, { recursive: true, force: true })
// A package builds itself as it is packed, the command with the page of its dashboard.
const isPacked =
  (await step('page', ...turboBuild('--filter=memhp-dashboard'))) &&
  (await step('pack', 'pnpm', [...PACK, `--pack-destination=${PACKED}`])) &&
  (addresses.length === 0 || (await addressed()))
if (!isPacked) {
  if (addresses.length > 0) rmSync(PACKED, { recursive: true, force: true })
  process.exitCode = 1
} else if (addresses.length === 0)
  console.log('\nIn your project: npm install PATH-OF-THIS-FOLDER/packed/*.tgz')
else console.log('\nTo publish them: for file in packed/*.tgz; do npm publish "$file"; done')
