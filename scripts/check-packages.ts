// Packs every package as a release would, and looks at what comes out: its manifest, its types, and whether a project
// can import it, require it and run it. Needs `pnpm build`.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { problemAffectsResolutionKind } from '@arethetypeswrong/core/problems'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { type Manifest, type Package, ROOT, readPackages } from './workspace'

const PACKAGES = readPackages().filter(({ manifest }) => manifest.private !== true)
/** The ways of finding a module that types must serve. What requires an ES module is type-checked below. */
const RESOLUTIONS = ['node16-esm', 'bundler'] as const

const project = mkdtempSync(join(tmpdir(), 'memhp-packages-'))
const faults: string[] = []

/** The entries of a library, as its `exports` name them: `.`, `./plugin`. */
const entriesOf = ({ manifest: { exports = {} } }: Package): readonly string[] =>
  Object.keys(exports).filter((entry) => typeof exports[entry] !== 'string')

const tarballOf = ({ manifest: { name } }: Package): string =>
  join(project, `${name.replace('@', '').replace('/', '-')}.tgz`)

/** Packs all packages as they are built. */
function pack(): void {
  const filters = PACKAGES.map(({ manifest }) => `--filter=${manifest.name}`)
  execFileSync(
    'pnpm',
    [
      'pack',
      '--recursive',
      ...filters,
      `--out=${join(project, '%s.tgz')}`,
      '--config.ignore-scripts=true',
    ],
    { cwd: ROOT },
  )
}

async function checkManifest(each: Package, bytes: Uint8Array): Promise<void> {
  const tarball = new Uint8Array(bytes).buffer
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true, level: 'error' })
  for (const message of messages)
    faults.push(`${each.manifest.name}: ${formatMessage(message, pkg) ?? message.code}`)
}

async function checkTypes(each: Package, bytes: Uint8Array): Promise<void> {
  const entrypoints = entriesOf(each)
  if (entrypoints.length === 0) return
  const analysis = await checkPackage(createPackageFromTarballData(bytes), {
    entrypoints: [...entrypoints],
  })
  if (!analysis.types) {
    faults.push(`${each.manifest.name}: there are no types`)
    return
  }
  for (const problem of analysis.problems) {
    if (RESOLUTIONS.some((kind) => problemAffectsResolutionKind(problem, kind, analysis)))
      faults.push(`${each.manifest.name}: ${JSON.stringify(problem)}`)
  }
}

/** Unpacks a package into the project, and links what others made and it needs beside it. */
function install(each: Package): void {
  const { folder, manifest } = each
  const target = join(project, 'node_modules', manifest.name)
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', tarballOf(each), '-C', target, '--strip-components=1'])
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(target, 'package.json'), 'utf8'),
  ) as Manifest
  for (const name of Object.keys({ ...dependencies, ...peerDependencies }))
    if (!PACKAGES.some((other) => other.manifest.name === name))
      link(join(ROOT, folder, 'node_modules', name), name)
}

function link(target: string, name: string): void {
  const path = join(project, 'node_modules', name)
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(realpathSync(target), path)
}

/** Runs a command in the project; what it says is a fault where it fails. */
function demand(what: string, command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: project, encoding: 'utf8' })
  if (status !== 0) faults.push(`${what}\n${stdout}${stderr}`)
}

/** Uses every entry of every package from an ES module and from CommonJS, with and without types. */
function useAll(): void {
  const specifiers = PACKAGES.flatMap((each) =>
    entriesOf(each).map((entry) => join(each.manifest.name, entry)),
  )
  const lines = (line: (specifier: string, i: number) => string): string =>
    specifiers.map(line).join('\n')
  const write = (name: string, text: string): void => writeFileSync(join(project, name), text)
  write(
    'imports.mts',
    lines((name, i) => `import * as p${i} from '${name}'\nvoid p${i}`),
  )
  write(
    'requires.cts',
    lines((name, i) => `import p${i} = require('${name}')\nvoid p${i}`),
  )
  write(
    'imports.mjs',
    lines((name) => `await import('${name}')`),
  )
  write(
    'requires.cjs',
    lines((name) => `require('${name}')`),
  )
  link(join(ROOT, 'node_modules/@types/node'), '@types/node')
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    'node',
  ]
  demand('types', process.execPath, [compiler, ...options, 'imports.mts', 'requires.cts'])
  demand('import', process.execPath, ['imports.mjs'])
  demand('require', process.execPath, ['requires.cjs'])
  for (const { manifest } of PACKAGES)
    for (const file of Object.values(manifest.bin ?? {}))
      demand(file, process.execPath, [join('node_modules', manifest.name, file), '--version'])
}

pack()
for (const each of PACKAGES) {
  const bytes = readFileSync(tarballOf(each))
  await checkManifest(each, bytes)
  await checkTypes(each, bytes)
  install(each)
}
useAll()
rmSync(project, { recursive: true })
for (const fault of faults) console.error(fault)
console.log(`${PACKAGES.length} packages`)
if (faults.length > 0) process.exitCode = 1
