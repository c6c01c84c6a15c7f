import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'
import { writeDeclarations } from './scripts/declarations'

/** The part of a package's manifest that says what it is built from. */
interface Manifest {
  readonly exports?: Readonly<Record<string, string | { readonly 'memhp-source'?: string }>>
}

// One build for all libraries; each runs it in its own folder. The command has its own (apps/cli/scripts/build.ts).
const { exports = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

/** The sources of what the package exports, relative to its `src`. */
const entries = Object.values(exports).flatMap((target) =>
  typeof target === 'string' ? [] : (target['memhp-source']?.replace('./src/', '') ?? []),
)

export default defineConfig({
  entry: entries.map((entry) => `src/${entry}`),
  format: 'esm',
  target: 'node20',
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  silent: true,
  // Every export says its type (isolatedDeclarations), so that declarations are written without checking types.
  dts: false,
  onSuccess: async () => writeDeclarations(process.cwd(), entries),
})
