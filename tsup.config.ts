import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** The part of a package's manifest that says what it is built from. */
interface Manifest {
  readonly exports?: Readonly<Record<string, string | { readonly 'memhp-source'?: string }>>
}

// One build for all libraries; each runs it in its own folder. The command has its own: apps/cli/scripts/build.ts.
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

/** The source of each export. */
const exported = Object.values(manifest.exports ?? {}).flatMap((target) =>
  typeof target === 'string' ? [] : (target['memhp-source'] ?? []),
)

export default defineConfig({
  entry: exported.map((file) => file.replace('./', '')),
  format: 'esm',
  target: 'node20',
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated. Other packages are read as built.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
})
