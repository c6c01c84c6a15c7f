import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/** What the tests of mutants need of the repository. */
const COPIED = ['packages', 'tests', 'package.json', 'vitest.config.ts', 'tsconfig.base.json']
const LINKED = ['node_modules', 'recordings', 'captures']

/** A copy of the sources in a separate folder, with the checkout's installed packages. @returns its path */
export function makeScratch(): string {
  const scratch = mkdtempSync(join(tmpdir(), 'memhp-mutants-'))
  for (const name of COPIED) {
    cpSync(join(ROOT, name), join(scratch, name), {
      recursive: true,
      // Links between the workspace's packages lead to the copies then.
      verbatimSymlinks: true,
      filter: (source) => !['dist', '.turbo'].includes(basename(source)),
    })
  }
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(scratch, name))
  return scratch
}

/** Removes a copy. */
export const removeScratch = (scratch: string): void =>
  rmSync(scratch, { recursive: true, force: true })
