// Builds the command: `pnpm --filter memhp build`. All that it uses is bundled, so that nothing is installed beside it.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { threadFlags } from '../src/replay/thread-flags'
import { bundle, bundleProgram, bundleWorkers } from './bundle'
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

function run(script: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [`${FOLDER}scripts/${script}`, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`${script} ends with ${status}.`)
}

/** Leaves beside the files what V8 compiles of them: of the command what one run of it needs, of threads that replay all. */
function writeCodeCaches(): void {
  run('write-code-cache.cjs', ['list', CAPTURE])
  run('write-thread-cache.cjs', threadFlags())
}

/** The page of `memhp dashboard`, as its package built it. */
const PAGE = fileURLToPath(new URL('../../dashboard/dist', import.meta.url))

if (!existsSync(`${PAGE}/index.html`))
  throw new Error('The page is not built: turbo run build --filter=memhp-dashboard')
rmSync(DIST, { recursive: true, force: true })
const modules = [
  ...(await bundleProgram(DIST)),
  ...(await bundleWorkers(DIST)),
  ...(await bundleScripts()),
]
cpSync(PAGE, `${DIST}/dashboard`, { recursive: true })
writeFileSync(`${DIST}/package.json`, '{ "type": "commonjs" }\n')
writeFileSync(`${DIST}/third-party-licences.txt`, bundledLicences(modules))
writeCodeCaches()
