// Builds the command: `pnpm --filter memhp build`. All that it uses is bundled, so that nothing is installed beside it.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle, bundleProgram, bundleWorker } from './bundle'
import { bundledLicences } from './licences'

const FOLDER = fileURLToPath(new URL('..', import.meta.url))
const DIST = `${FOLDER}dist`

/** A capture of the repository, to start the command with. */
const CAPTURE = fileURLToPath(new URL('../../../captures/x86_64-one-node.json.gz', import.meta.url))

/** Runs as a process by itself. */
const bundleScripts = async (): Promise<string[]> =>
  bundle(
    { input: { 'fetch-kernels': 'src/verify/fetch-kernels.mjs' } },
    { dir: DIST, format: 'esm', entryFileNames: '[name].mjs' },
  )

/** Runs the command once, and leaves beside it what V8 has compiled for that. */
function writeCodeCache(): void {
  const script = `${FOLDER}scripts/write-code-cache.cjs`
  const { status } = spawnSync(process.execPath, [script, 'list', CAPTURE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`The built command ends with ${status}.`)
}

rmSync(DIST, { recursive: true, force: true })
const modules = [
  ...(await bundleProgram(DIST)),
  ...(await bundleWorker(DIST)),
  ...(await bundleScripts()),
]
writeFileSync(`${DIST}/package.json`, '{ "type": "commonjs" }\n')
writeFileSync(`${DIST}/third-party-licences.txt`, bundledLicences(modules))
writeCodeCache()
