import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const SOURCE_CONDITION = 'memhp-source'

/** The folders below `parent` that hold a package. */
const packagesIn = (parent: string): string[] =>
  existsSync(parent)
    ? readdirSync(parent)
        .map((name) => `${parent}/${name}`)
        .filter((folder) => existsSync(`${folder}/package.json`))
    : []

const folders = ['tests', 'fuzz', ...['packages', 'apps', 'examples'].flatMap(packagesIn)]

export default defineConfig({
  resolve: { conditions: [SOURCE_CONDITION, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [SOURCE_CONDITION, ...defaultServerConditions] } },
  test: {
    // No test is about time: the limit is for what hangs.
    testTimeout: 120_000,
    // Files share what they import: no test changes a module or a global.
    isolate: false,
    setupFiles: [fileURLToPath(new URL('tests/seed.ts', import.meta.url))],
    include: folders.map((folder) => `${folder}/**/*.test.ts`),
  },
})
