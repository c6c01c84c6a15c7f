import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** The part of a package's manifest that says what it is built from. */
interface Manifest {
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | { readonly 'memhp-source'?: string }>>
}

/**
 * What a package is built from: the `memhp-source` of each of its exports, and for each command
 * `dist/x.js` the source `src/x.ts`.
 */
function sourceEntries(manifest: Manifest): string[] {
  const exported = Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === 'string' ? [] : (target['memhp-source'] ?? []),
  )
  const commands = Object.values(manifest.bin ?? {}).map((file) =>
    file.replace(/^(?:\.\/)?dist\/(.+)\.js$/, './src/$1.ts'),
  )
  return [...exported, ...commands].map((file) => file.replace('./', ''))
}

// One build for all packages; each runs it in its own folder.
export default defineConfig({
  entry: sourceEntries(JSON.parse(readFileSync('package.json', 'utf8')) as Manifest),
  format: 'esm',
  target: 'node20',
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated. Other packages are read as built.
  dts: { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
})
