import { fileURLToPath } from 'node:url'
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown'

const INPUT: InputOptions = {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  platform: 'node',
  resolve: { conditionNames: ['memhp-source', 'import', 'node', 'default'] },
  transform: { target: 'node20' },
}

type Output = OutputOptions & { readonly dir: string }

/**
 * Bundles programs of this package and all that they use.
 * @param output `dir`: the folder to write to
 * @returns the files of the modules that are in them
 */
export async function bundle(input: InputOptions, output: Output): Promise<string[]> {
  const build = await rolldown({ ...INPUT, ...input })
  const written = await build.write(output)
  await build.close()
  return written.output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
}

/** Reads a capture and lists it. */
const LIST = /\/commands\/list\.ts$|\/source\/(?:machine|capture)-source\.ts$/

const COMMENTS = { legal: true, annotation: false, jsdoc: false }

/**
 * CommonJS, as it starts faster: its files are read at once, and V8 can be given what it compiled before. Every start
 * takes one file, the quickest command one more; the others add what they share as it comes.
 */
export const bundleProgram = async (dir: string): Promise<string[]> =>
  bundle(
    { input: { main: 'src/main.ts' } },
    {
      dir,
      format: 'cjs',
      comments: COMMENTS,
      chunkFileNames: '[name]-[hash].js',
      codeSplitting: {
        groups: [
          { name: 'start', tags: ['$initial'] },
          { name: 'list', test: LIST },
        ],
      },
    },
  )

/**
 * What threads run, a file for each kind: it must not load those of the command, which begin to run it, nor what its kind does
 * not need. It is started rarely, and for long.
 */
export async function bundleWorkers(dir: string): Promise<string[]> {
  const kinds = ['replay-worker', 'simulate-worker'].map(async (name) =>
    bundle(
      { input: { [name]: `src/${name}.ts` } },
      { dir, format: 'cjs', comments: COMMENTS, codeSplitting: false },
    ),
  )
  return (await Promise.all(kinds)).flat()
}
