import { posix } from 'node:path'
import type { DependencyField, Package } from './workspace'

/**
 * Who may import whom: imports run downward only, and no plugin imports another.
 * Applications, examples and benchmarks may import every package.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  'arch-x86': ['core'],
  'driver-acpi': ['core'],
  capture: ['core'],
  topology: ['core'],
  host: ['capture', 'core'],
  twin: ['capture', 'core'],
  planner: ['core', 'topology'],
  scenario: ['capture', 'core', 'twin'],
  conformance: ['capture', 'core', 'topology', 'twin'],
}

const SCOPE = '@memhp/'

/** One import: the file and the package that it stands in, and the text between the quotes. */
export interface Import {
  readonly importer: Package
  readonly file: string
  readonly specifier: string
  readonly inTest: boolean
}

const RUNTIME: readonly DependencyField[] = ['dependencies', 'peerDependencies']
const WITH_TESTS: readonly DependencyField[] = [...RUNTIME, 'devDependencies']

/** The packages of ours that a manifest names in these fields. */
function ownDependencies({ manifest }: Package, fields: readonly DependencyField[]): string[] {
  return fields
    .flatMap((field) => Object.keys(manifest[field] ?? {}))
    .filter((name) => name.startsWith(SCOPE))
    .map((name) => name.slice(SCOPE.length))
}

function relativeViolation({ importer, file, specifier }: Import): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(file), specifier))
  if (target.startsWith(`${importer.folder}/`)) return undefined
  return `${specifier} leaves the package`
}

/**
 * What is wrong with an import, as a sentence.
 * @param packages every package of the workspace
 * @returns undefined where nothing is wrong
 */
export function importViolation(
  imported: Import,
  packages: readonly Package[],
): string | undefined {
  const { importer, specifier, inTest } = imported
  if (specifier.startsWith('.')) return relativeViolation(imported)
  if (!specifier.startsWith(SCOPE)) return undefined

  const [name = '', ...rest] = specifier.slice(SCOPE.length).split('/')
  const target = packages.find(({ manifest }) => manifest.name === SCOPE + name)
  if (target === undefined) return `${specifier} is no package of this workspace`
  const subpath = ['.', ...rest].join('/')
  if (!(subpath in (target.manifest.exports ?? {}))) {
    return `${specifier} is not exported by ${target.manifest.name}`
  }
  if (!ownDependencies(importer, inTest ? WITH_TESTS : RUNTIME).includes(name)) {
    return `${SCOPE}${name} is not a dependency of ${importer.manifest.name}`
  }
  return undefined
}

/**
 * What is wrong with the dependencies that a package declares on others of ours.
 * Tests may use more than sources do, but those of a plugin only what the plugin itself may.
 */
export function dependencyViolations(importer: Package): string[] {
  const { folder, manifest } = importer
  if (!folder.startsWith('packages/')) return []
  const allowed = MAY_IMPORT[posix.basename(folder)]
  if (allowed === undefined) return ['has no line in MAY_IMPORT (scripts/import-rules.ts)']

  const isPlugin = /^packages\/(?:arch|driver)-/.test(folder)
  const violations = ownDependencies(importer, isPlugin ? WITH_TESTS : RUNTIME)
    .filter((name) => !allowed.includes(name))
    .map((name) => `may not depend on ${SCOPE}${name}`)
  if (folder === 'packages/core' && Object.keys(manifest.dependencies ?? {}).length > 0) {
    violations.push('depends on nothing')
  }
  return violations
}
