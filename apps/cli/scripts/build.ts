// Builds the command: `pnpm --filter memhp build`. All that it uses is bundled, so that nothing is installed beside it.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown'
import { bundledLicences } from './licences'

const FOLDER = fileURLToPath(new URL('..', import.meta.url))
const DIST = `${FOLDER}dist`

/** A capture of the repository, to start the command with. */
const CAPTURE = fileURLToPath(new URL('../../../captures/x86_64-one-node.json.gz', import.meta.url))

const INPUT: InputOptions = {
  cwd: FOLDER,
  platform: 'node',
  resolve: { conditionNames: ['memhp-source', 'import', 'node', 'default'] },
  transform: { target: 'node20' },
}

async function bundle(input: InputOptions, output: OutputOptions): Promise<string[]> {
  const build = await rolldown({ ...INPUT, ...input })
  const written = await build.write({ dir: DIST, ...output })
  await build.close()
  return written.output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
}

/** Reads a capture and lists it. */
const LIST = /\/commands\/list\.ts$|\/source\/(?:machine|capture)-source\.ts$/

/**
 * CommonJS, as it starts faster: its files are read at once, and V8 can be given what it compiled before. Every start
 * takes one file, the quickest command one more; the others add what they share as it comes.
 */
const bundleProgram = async (): Promise<string[]> =>
  bundle(
    { input: { main: 'src/main.ts' } },
    {
      format: 'cjs',
      comments: { legal: true, annotation: false, jsdoc: false },
      chunkFileNames: '[name]-[hash].js',
      codeSplitting: {
        groups: [
          { name: 'start', tags: ['$initial'] },
          { name: 'list', test: LIST },
        ],
      },
    },
  )

/** Runs as a process by itself. */
const bundleScripts = async (): Promise<string[]> =>
  bundle(
    { input: { 'fetch-kernels': 'src/verify/fetch-kernels.mjs' } },
    { format: 'esm', entryFileNames: '[name].mjs' },
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
const modules = [...(await bundleProgram()), ...(await bundleScripts())]
writeFileSync(`${DIST}/package.json`, '{ "type": "commonjs" }\n')
writeFileSync(`${DIST}/third-party-licences.txt`, bundledLicences(modules))
writeCodeCache()
