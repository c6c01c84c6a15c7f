// Gives packed packages the addresses of their site and repository: run by npm run tarballs -- --site URL --repository URL
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Addresser, addressesOf } from './addresses'

const ROOT = dirname(dirname(dirname(import.meta.dirname)))

/** Folders of packages, by name. */
const FOLDERS: ReadonlyMap<string, string> = new Map(
  ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).flatMap((name): [string, string][] => {
      const file = join(ROOT, parent, name, 'package.json')
      return existsSync(file)
        ? [[JSON.parse(readFileSync(file, 'utf8')).name, `${parent}/${name}`]]
        : []
    }),
  ),
)

/** Rewrites a tarball in its place. @throws Error where a link of its README leads nowhere */
function addressTarball(file: string, addresser: Addresser): void {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-address-'))
  try {
    execFileSync('tar', ['-xzf', file, '-C', folder])
    const at = (name: string): string => join(folder, 'package', name)
    const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))
    const place = FOLDERS.get(manifest.name)
    if (place === undefined)
      throw new Error(`${file}: ${manifest.name} is not a package of the repository`)
    const readme = readFileSync(at('README.md'), 'utf8')
    const addressed = addresser.address(place, { manifest, readme })
    writeFileSync(at('package.json'), `${JSON.stringify(addressed.manifest, null, 2)}\n`)
    writeFileSync(at('README.md'), addressed.readme)
    execFileSync('tar', ['-czf', file, '-C', folder, 'package'])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { site: { type: 'string' }, repository: { type: 'string' }, built: { type: 'string' } },
})
try {
  const addresses = addressesOf({ site: values.site, repository: values.repository })
  const packed = resolve(positionals[0] ?? join(ROOT, 'packed'))
  const built = resolve(values.built ?? join(ROOT, 'apps/site/dist'))
  if (!existsSync(join(built, 'index.html')))
    throw new Error(`${built} holds no built site: pnpm site`)
  const addresser = new Addresser(addresses, { root: ROOT, built })
  const files = readdirSync(packed).filter((name) => name.endsWith('.tgz'))
  if (files.length === 0) throw new Error(`${packed} holds no packed packages`)
  for (const name of files) addressTarball(join(packed, name), addresser)
  console.log(`${packed}: ${files.length} packages of ${addresses.site}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
