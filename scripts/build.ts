// Builds libraries: those whose folders are named, else all of them. The command has its own build.
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'
import { writeDeclarations } from './declarations'
import { type Package, ROOT, readPackages } from './workspace'

/** The sources of what a package exports, relative to its `src`; none for what is not a library. */
const entriesOf = ({ manifest }: Package): readonly string[] =>
  Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === 'string' ? [] : (target['memhp-source']?.replace('./src/', '') ?? []),
  )

/** Writes the modules of a package and their declarations below `dist`: a module an export, and what they share. */
async function build(library: Package): Promise<void> {
  const folder = join(ROOT, library.folder)
  const entries = entriesOf(library)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const bundle = await rolldown({
    cwd: folder,
    input: Object.fromEntries(
      entries.map((entry) => [entry.replace(/\.ts$/, ''), join(folder, 'src', entry)]),
    ),
    external: /^[^./]/,
    platform: 'neutral',
    transform: { target: 'node20' },
  })
  await bundle.write({
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    chunkFileNames: '[name]-[hash].js',
  })
  await bundle.close()
  writeDeclarations(folder, entries)
}

const asked = process.argv.slice(2).map((folder) => resolve(folder))
const libraries = readPackages().filter(
  (each) =>
    entriesOf(each).length > 0 && (asked.length === 0 || asked.includes(join(ROOT, each.folder))),
)
await Promise.all(libraries.map(build))
