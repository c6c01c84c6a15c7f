import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isTest, ROOT, readText, typescriptFiles } from '../scripts/workspace'
import { placeOf } from './anchor'
import type { Source } from './declarations'
import type { Mutant } from './mutant'
import { testFile } from './test-files'

/** A mutant with its anchor found: what to write where, and what to run then. */
export interface Edit {
  readonly file: string
  readonly start: number
  readonly end: number
  /** What stands between `start` and `end`, and what takes its place. */
  readonly from: string
  readonly to: string
  /** Test files, from the root of the repository. */
  readonly tests: readonly string[]
}

/** The sources of all packages, without tests. */
export const readSources = (): readonly Source[] =>
  readdirSync(join(ROOT, 'packages'))
    .flatMap((folder) => typescriptFiles(`packages/${folder}/src`))
    .filter((file) => !isTest(file))
    .map((file) => ({ file, text: readText(file) }))

/** The test files of all packages. */
export const listTestFiles = (): readonly string[] =>
  typescriptFiles('packages').filter((file) => file.endsWith('.test.ts'))

/**
 * Finds the place of a mutant and its tests.
 * @throws Error that names the mutant and says what does not fit
 */
export function editOf(
  mutant: Mutant,
  repository: { readonly sources: readonly Source[]; readonly testFiles: readonly string[] },
): Edit {
  try {
    const { file, start, end, text, isStatement } = placeOf(mutant, repository.sources)
    const to = mutant.to === '' && isStatement ? ';' : mutant.to
    const tests = mutant.tests.map((name) => testFile(name, repository.testFiles))
    return { file, start, end, from: text, to, tests }
  } catch (error) {
    throw new Error(`${mutant.id}: ${(error as Error).message}`, { cause: error })
  }
}
