import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { Application } from 'typedoc'

interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, string | { readonly 'memhp-source'?: string }>>
}

/** What can be imported of a package. */
interface Entry {
  /** As imports name it: `@memhp/core/plugin`. */
  readonly name: string
  readonly file: string
}

/** Entries of all packages, as their manifests have them. */
function entriesOf(root: string): readonly Entry[] {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  return folders.flatMap((folder) => {
    const file = join(folder, 'package.json')
    if (!existsSync(file)) return []
    const { name, exports = {} } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
    return Object.entries(exports).flatMap(([path, entry]) => {
      const source = typeof entry === 'string' ? undefined : entry['memhp-source']
      if (!source?.endsWith('.ts')) return []
      return [{ name: posix.join(name, path), file: join(folder, source) }]
    })
  })
}

/**
 * Writes the reference of all packages from their docstrings.
 * @throws Error where the sources have errors
 */
export async function buildReference(root: string, out: string): Promise<void> {
  const entries = entriesOf(root)
  const base = join(root, 'packages')
  const application = await Application.bootstrap({
    name: 'memhp',
    entryPoints: entries.map(({ file }) => file),
    tsconfig: join(root, 'tsconfig.json'),
    basePath: base,
    readme: 'none',
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    skipErrorChecking: true,
    githubPages: false,
    // Its page lacks names that others link to (TypeDoc 0.28.20).
    includeHierarchySummary: false,
    navigationLinks: { Guides: '../index.html' },
    blockTags: [
      '@returns',
      '@throws',
      '@param',
      '@typeParam',
      '@remarks',
      '@example',
      '@deprecated',
    ],
    modifierTags: ['@public', '@beta', '@alpha', '@internal'],
    logLevel: 'Error',
  })
  const project = await application.convert()
  if (project === undefined)
    throw new Error('The sources of the packages have errors: pnpm typecheck')
  // Modules are called as imports name them, not by their files.
  const names = new Map(
    entries.map(({ name, file }) => [relative(base, file).replace(/(?:\/index)?\.ts$/, ''), name]),
  )
  for (const module of project.children ?? []) module.name = names.get(module.name) ?? module.name
  await application.generateDocs(project, out)
}
