// Simulates with each mutant of what a simulation runs, checking all of the machine after each step, and only what was
// written; then writes docs/incremental-checks.md. Arguments: ids of mutants, which are only printed; default: all.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { checksPage, type JudgedMutant } from '../scripts/checks-page'
import { ROOT } from '../scripts/workspace'
import { type Edit, editOf, listTestFiles, readSources } from './edit'
import { HOTPLUG_MUTANTS } from './hotplug'
import { MAPPING_MUTANTS } from './mapping'
import { MEMORY_MUTANTS } from './memory'
import type { Verdict } from './verdict'

/** A mutant that keeps the simulation from ending is noticed by any way to check. */
const PATIENCE_MS = 120_000

/** The simulation with an edit, as one file. */
async function bundleWith(edit: Edit | undefined, file: string): Promise<void> {
  const build = await rolldown({
    input: join(ROOT, 'mutants/simulated.ts'),
    platform: 'node',
    resolve: { conditionNames: ['memhp-source', 'import'] },
    plugins: [
      {
        name: 'mutant',
        transform: (text, id) =>
          edit !== undefined && id === join(ROOT, edit.file)
            ? text.slice(0, edit.start) + edit.to + text.slice(edit.end)
            : null,
      },
    ],
  })
  await build.write({ file, format: 'esm' })
  await build.close()
}

/** What the ways to check notice of an edit; undefined where the simulation does not end. */
async function judge(edit: Edit | undefined, folder: string): Promise<Verdict | undefined> {
  const file = join(folder, 'simulated.mjs')
  await bundleWith(edit, file)
  const run = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: PATIENCE_MS })
  if (run.signal !== null) return undefined
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout) as Verdict
}

const wanted = process.argv.slice(2)
const mutants = [...MEMORY_MUTANTS, ...MAPPING_MUTANTS, ...HOTPLUG_MUTANTS].filter(
  ({ id }) => wanted.length === 0 || wanted.includes(id),
)
const repository = { sources: readSources(), testFiles: listTestFiles() }
const folder = mkdtempSync(join(tmpdir(), 'memhp-simulated-'))
try {
  const sound = await judge(undefined, folder)
  if (sound === undefined || sound.whole !== null || sound.written !== null)
    throw new Error(`Without a mutant: ${JSON.stringify(sound)}`)
  const judged: JudgedMutant[] = []
  for (const mutant of mutants) {
    const verdict = await judge(editOf(mutant, repository), folder)
    console.log(mutant.id, JSON.stringify(verdict))
    if (verdict !== undefined) judged.push({ ...mutant, verdict })
  }
  if (wanted.length === 0)
    writeFileSync(join(ROOT, 'docs/incremental-checks.md'), checksPage(judged))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
