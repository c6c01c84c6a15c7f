// What memhp adds to the bundle of a program that uses it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const PACKAGES = fileURLToPath(new URL('../packages', import.meta.url))
const SCOPE = /^@memhp\/([^/]+)(\/.*)?$/

/** The part of a manifest that says what is imported by which name. */
interface Manifest {
  readonly exports: Readonly<Record<string, string | { 'memhp-source': string; default: string }>>
}

/** A package as it is published, before it is written anywhere. */
interface Published {
  /** Path of the file behind an export, by the export's name: `./plugin`. */
  readonly entries: ReadonlyMap<string, string>
  /** Text by path. */
  readonly files: ReadonlyMap<string, string>
}

/** Builds a package from its sources, as `pnpm build` does: one file an export, and what exports share. */
async function publish(name: string): Promise<Published> {
  const folder = join(PACKAGES, name)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  const targets = Object.entries(manifest.exports).flatMap(([entry, target]) =>
    typeof target === 'string' ? [] : [{ entry, ...target }],
  )
  const { outputFiles } = await build({
    entryPoints: targets.map((target) => join(folder, target['memhp-source'])),
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'node20',
    packages: 'external',
    write: false,
  })
  return {
    entries: new Map(targets.map((target) => [target.entry, join(folder, target.default)])),
    files: new Map(outputFiles.map(({ path, text }) => [path, text])),
  }
}

/** Resolves our packages to what is published of them. Their manifests say that no file is imported for its effects. */
function publishedPackages(): Plugin {
  const packages = new Map<string, Promise<Published>>()
  const published = (name: string): Promise<Published> => {
    const made = packages.get(name) ?? publish(name)
    packages.set(name, made)
    return made
  }
  const nameOf = (path: string): string => path.slice(PACKAGES.length + 1).split('/')[0] ?? ''
  return {
    name: 'published packages',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: SCOPE }, async ({ path }) => {
        const [, name = '', entry = ''] = SCOPE.exec(path) ?? []
        const file = (await published(name)).entries.get(`.${entry}`)
        return { path: file ?? path, namespace: 'published', sideEffects: false }
      })
      onResolve({ filter: /^\./, namespace: 'published' }, ({ path, resolveDir }) => ({
        path: join(resolveDir, path),
        namespace: 'published',
        sideEffects: false,
      }))
      onLoad({ filter: /.*/, namespace: 'published' }, async ({ path }) => {
        const name = nameOf(path)
        const contents = (await published(name)).files.get(path)
        return contents === undefined
          ? { errors: [{ text: `${path} is not exported` }] }
          : { contents, resolveDir: join(PACKAGES, name, 'dist') }
      })
    },
  }
}

/** What a bundle weighs. */
export interface BundleSize {
  /** Minified. */
  readonly bytes: number
  /** Minified and packed by gzip -9. */
  readonly gzippedBytes: number
}

/**
 * Bundles and minifies a program.
 * @param program TypeScript that imports our packages
 */
export async function bundleSize(program: string): Promise<BundleSize> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: PACKAGES, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    plugins: [publishedPackages()],
  })
  const [{ contents } = { contents: new Uint8Array() }] = outputFiles
  return { bytes: contents.length, gzippedBytes: gzipSync(contents, { level: 9 }).length }
}

/** A program that uses one constant. */
export const ONE_CONSTANT = "export { GIB } from '@memhp/core'"

/** A program that boots machines, from descriptions and from captures. */
export const CAPTURED_MACHINES = `
  import { x86_64 } from '@memhp/arch-x86'
  import { parseCapture } from '@memhp/capture'
  import { createMachine } from '@memhp/core'
  import { acpiDriver } from '@memhp/driver-acpi'
  import { twinOf } from '@memhp/twin'

  const PLUGINS = { archs: [x86_64], drivers: [acpiDriver] }
  export const boot = (description) => createMachine(description, PLUGINS)
  export const twin = (text) => twinOf(parseCapture(text), PLUGINS)
`

/** Most bytes of `ONE_CONSTANT`, minified. */
export const CONSTANT_LIMIT_BYTES = 1000
/** Most bytes of `CAPTURED_MACHINES`, minified and gzipped. */
export const MACHINES_LIMIT_BYTES = 80_000
