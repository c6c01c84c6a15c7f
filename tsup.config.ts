import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** The part of a package's manifest that says what it is built from. */
interface Manifest {
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | { readonly 'memhp-source'?: string }>>
}

// One build for all packages; each runs it in its own folder.
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

/** The source of each export. */
const exported = Object.values(manifest.exports ?? {}).flatMap((target) =>
  typeof target === 'string' ? [] : (target['memhp-source'] ?? []),
)
/** The program that a package's commands start. */
const programs = manifest.bin === undefined ? [] : ['./src/main.ts']

export default defineConfig({
  entry: [...exported, ...programs].map((file) => file.replace('./', '')),
  format: 'esm',
  target: 'node20',
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated. Other packages are read as built.
  dts: exported.length > 0 && {
    compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] },
  },
})
