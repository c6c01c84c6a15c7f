import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

export type DependencyField = 'dependencies' | 'peerDependencies' | 'devDependencies'

/** What the scripts read of a package.json. */
export interface Manifest extends Partial<Record<DependencyField, Record<string, string>>> {
  readonly name: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | { readonly 'memhp-source'?: string }>>
}

/** A package of the workspace: `folder` is relative to the root, as in `packages/core`. */
export interface Package {
  readonly folder: string
  readonly manifest: Manifest
}

function readPackage(folder: string): Package[] {
  const file = join(ROOT, folder, 'package.json')
  if (!existsSync(file)) return []
  return [{ folder, manifest: JSON.parse(readFileSync(file, 'utf8')) as Manifest }]
}

/**
 * Every package of the workspace that has rules of import, in the order of pnpm-workspace.yaml. Not `fuzz`, which reaches into the tests of
 * others; `recordings` and `captures` import nothing.
 */
export function readPackages(): Package[] {
  const parents = ['packages', 'apps', 'examples'].filter((parent) =>
    existsSync(join(ROOT, parent)),
  )
  const folders = parents.flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`),
  )
  return [...folders, 'bench'].flatMap(readPackage)
}

/** The TypeScript files of a folder, tests included, relative to the root. */
export function typescriptFiles(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      return ['node_modules', 'dist'].includes(entry.name) ? [] : typescriptFiles(path)
    }
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** True for a test and for what only tests use. */
export const isTest = (file: string): boolean =>
  /\.test\.tsx?$/.test(file) || file.split('/').includes('tests')

export const readText = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
