import { posix } from 'node:path'
import type { DependencyField, Manifest, Package } from './workspace'

/**
 * Who may import whom: imports run downward only, and no plugin imports another.
 * Applications, examples and benchmarks may import every package.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'kernel-files': [],
  core: ['kernel-files'],
  'arch-arm64': ['core', 'kernel-files'],
  'arch-loongarch': ['core', 'kernel-files'],
  'arch-powerpc': ['core', 'kernel-files'],
  'arch-ia64': ['core', 'kernel-files'],
  'arch-riscv': ['core', 'kernel-files'],
  'arch-s390': ['core', 'kernel-files'],
  'arch-sh': ['core', 'kernel-files'],
  'arch-sparc': ['core', 'kernel-files'],
  'arch-tile': ['core', 'kernel-files'],
  'arch-x86': ['core', 'kernel-files'],
  'driver-acpi': ['core', 'kernel-files'],
  'driver-dax-kmem': ['core', 'kernel-files'],
  'driver-pseries': ['core', 'kernel-files'],
  'driver-sclp': ['core', 'kernel-files'],
  'driver-virtio-mem': ['core', 'kernel-files'],
  trace: ['core', 'kernel-files'],
  invariants: ['core', 'kernel-files', 'trace'],
  platforms: [
    'arch-arm64',
    'arch-ia64',
    'arch-loongarch',
    'arch-powerpc',
    'arch-riscv',
    'arch-s390',
    'arch-sh',
    'arch-sparc',
    'arch-tile',
    'arch-x86',
    'core',
    'driver-acpi',
    'driver-dax-kmem',
    'driver-pseries',
    'driver-sclp',
    'driver-virtio-mem',
  ],
  capture: ['core', 'kernel-files', 'platforms', 'trace'],
  topology: ['core', 'kernel-files', 'platforms'],
  host: ['capture', 'core', 'kernel-files', 'topology'],
  mount: ['core', 'kernel-files'],
  qemu: ['core', 'kernel-files', 'trace'],
  twin: ['capture', 'core', 'kernel-files', 'platforms', 'topology'],
  planner: ['core', 'kernel-files', 'topology'],
  rehearsal: ['core', 'kernel-files', 'planner', 'platforms', 'topology'],
  scenario: ['capture', 'core', 'invariants', 'kernel-files', 'platforms', 'trace', 'twin'],
  conformance: [
    'capture',
    'core',
    'invariants',
    'kernel-files',
    'platforms',
    'topology',
    'trace',
    'twin',
  ],
}

/** What stands on nothing but packages of this workspace, so that it runs anywhere. */
const GROUND_FLOOR: readonly string[] = ['kernel-files', 'core']

/** What the tests of plugins may use beside that: it stands on core alone. */
const IN_PLUGIN_TESTS: readonly string[] = ['invariants']

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

/** An application takes what it uses into its bundle: its users install nothing beside it. */
const isBundled = ({ folder }: Package): boolean => folder.startsWith('apps/')

/** What the tests of all packages share: how much of them runs. */
const TESTS_SHARE = 'tests/thorough'

function relativeViolation({ importer, file, specifier, inTest }: Import): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(file), specifier))
  if (target.startsWith(`${importer.folder}/`)) return undefined
  if (inTest && target === TESTS_SHARE) return undefined
  return `${specifier} leaves the package`
}

function exportViolation(
  specifier: string,
  name: string,
  packages: readonly Package[],
): string | undefined {
  const target = packages.find(({ manifest }) => manifest.name === name)
  if (target === undefined) return `${specifier} is not a package of this workspace`
  const entry = specifier.replace(name, '.')
  if (entry in (target.manifest.exports ?? {})) return undefined
  return `${specifier} is not exported by ${name}`
}

/**
 * What is wrong with an import, as a sentence. What is imported must be declared: the build of a library would take an
 * undeclared package into the bundle. Only tests may use the root's tools as they are.
 * @param packages every package of the workspace
 * @returns undefined where nothing is wrong
 */
export function importViolation(
  imported: Import,
  packages: readonly Package[],
): string | undefined {
  const { importer, specifier, inTest } = imported
  if (specifier.startsWith('.')) return relativeViolation(imported)
  if (specifier.startsWith('node:')) return undefined

  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
  const isOurs = name.startsWith(SCOPE)
  if (inTest && !isOurs) return undefined
  const fields = inTest || importer.manifest.private || isBundled(importer) ? WITH_TESTS : RUNTIME
  if (!fields.some((field) => name in (importer.manifest[field] ?? {}))) {
    return `${name} is not a dependency of ${importer.manifest.name}`
  }
  return isOurs ? exportViolation(specifier, name, packages) : undefined
}

/** Packages from outside that users of a package have to install. */
const thirdParties = (manifest: Manifest): string[] =>
  RUNTIME.flatMap((field) => Object.keys(manifest[field] ?? {})).filter(
    (name) => !name.startsWith(SCOPE),
  )

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
  const violations = (isPlugin ? WITH_TESTS : RUNTIME)
    .flatMap((field) => {
      const inTests = field === 'devDependencies' ? IN_PLUGIN_TESTS : []
      const may = [...allowed, ...inTests].map((name) => `${SCOPE}${name}`)
      const names = Object.keys(manifest[field] ?? {})
      return names.filter((name) => name.startsWith(SCOPE) && !may.includes(name))
    })
    .map((name) => `may not depend on ${name}`)
  return GROUND_FLOOR.includes(posix.basename(folder))
    ? [...violations, ...thirdParties(manifest).map((name) => `may not depend on ${name}`)]
    : violations
}

/** One import between two files of the same package, both relative to the root. */
export interface InnerImport {
  readonly file: string
  readonly target: string
}

/** The room of a file: its folder below `src`; undefined for files that stand in `src` itself. */
const roomOf = (file: string): string | undefined => /\/src\/([^/]+)\//.exec(file)?.[1]

/** What each room imports of others, with one import as the evidence. */
function arrowsOf(
  imports: readonly InnerImport[],
): ReadonlyMap<string, ReadonlyMap<string, InnerImport>> {
  const arrows = new Map<string, Map<string, InnerImport>>()
  for (const imported of imports) {
    const [from, to] = [roomOf(imported.file), roomOf(imported.target)]
    if (from === undefined || to === undefined || from === to) continue
    const targets = arrows.get(from) ?? new Map<string, InnerImport>()
    targets.set(to, targets.get(to) ?? imported)
    arrows.set(from, targets)
  }
  return arrows
}

/**
 * The first circle of rooms that a package's imports form, types included.
 * @param imports of the package's sources, tests left out
 * @returns the imports that close the circle, in order; undefined where there is none
 */
export function roomCircle(imports: readonly InnerImport[]): readonly InnerImport[] | undefined {
  const arrows = arrowsOf(imports)
  const finished = new Set<string>()
  const visit = (room: string, way: readonly string[]): readonly InnerImport[] | undefined => {
    if (way.includes(room)) {
      const circle = [...way.slice(way.indexOf(room)), room]
      return circle.slice(1).flatMap((to, i) => arrows.get(circle[i] ?? '')?.get(to) ?? [])
    }
    if (finished.has(room)) return undefined
    for (const to of arrows.get(room)?.keys() ?? []) {
      const found = visit(to, [...way, room])
      if (found !== undefined) return found
    }
    finished.add(room)
    return undefined
  }
  for (const room of arrows.keys()) {
    const found = visit(room, [])
    if (found !== undefined) return found
  }
  return undefined
}
