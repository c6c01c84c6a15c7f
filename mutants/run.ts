// Applies each mutant in a scratch copy and runs the tests that must catch it, then runs the tests that did without a
// mutant. Prints a line for each, and last how many were caught. Arguments: ids of mutants; default: all.
// `--report=FILE` writes the counts as JSON.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Edit, editOf, listTestFiles, readSources } from './edit'
import { CONTROLS, MUTANTS } from './list'
import type { Mutant } from './mutant'
import type { TestRun } from './worker'
import { ask, doAll, type Outcome, startWorkers } from './workers'

// The tests catch a mutant as CI runs them: with all that they draw.
process.env.MEMHP_THOROUGH = '1'
// What is built holds no mutant: programs are run from the sources.
delete process.env.MEMHP_BUILT

const WORKERS = 2

/** A mutant, and where it goes. */
interface Try {
  readonly mutant: Mutant
  readonly edit: Edit
}

/** A mutant that was caught, and the tests that would not pass. */
interface Catch {
  readonly id: string
  readonly by: readonly TestRun[]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { report: { type: 'string' } },
})
const repository = { sources: readSources(), testFiles: listTestFiles() }

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)

const wholeFiles = ({ tests }: Edit): readonly TestRun[] => tests.map((file) => ({ file }))

function listTries(): readonly Try[] {
  const unknown = positionals.find((id) => !MUTANTS.some((mutant) => mutant.id === id))
  if (unknown !== undefined) {
    console.error(`There is no mutant "${unknown}". The list is in mutants/.`)
    process.exit(2)
  }
  return MUTANTS.filter(({ id }) => positionals.length === 0 || positionals.includes(id)).map(
    (mutant) => ({ mutant, edit: editOf(mutant, repository) }),
  )
}

/** Requires that what is not a catch is not taken for one. @returns whether that is so */
async function checkControls(): Promise<boolean> {
  const problems: string[] = []
  await doAll(CONTROLS, async (worker, { mutant, answer }) => {
    const edit = editOf(mutant, repository)
    const { kind } = await ask(worker, { edit, tests: wholeFiles(edit) })
    if (kind !== answer) problems.push(`${mutant.id}: ${mutant.fault} It ${kind}, not ${answer}.`)
  })
  const good = CONTROLS.length - problems.length
  console.log(`controls: ${good} of ${CONTROLS.length} are as they should be`)
  for (const problem of problems) console.log(`  FAILED ${problem}`)
  return problems.length === 0
}

/** How each outcome of a mutant is printed. A suite that hangs never passes: that is a catch, too. */
const VERDICTS = {
  failed: 'caught',
  hung: 'hung',
  passed: 'SURVIVED',
  broken: 'BROKEN',
  ended: 'BROKEN',
} as const satisfies Record<Outcome['kind'], string>

/** Tries the mutants, each where a worker is free, and prints the outcomes. @returns those that were caught */
async function tryMutants(tries: readonly Try[]): Promise<readonly Catch[]> {
  const catches: Catch[] = []
  await doAll(tries, async (worker, { mutant, edit }) => {
    const start = performance.now()
    const outcome = await ask(worker, { edit, tests: wholeFiles(edit) })
    const time = `${seconds(start).padStart(5)} s`
    const line = `${VERDICTS[outcome.kind].padEnd(8)}  ${time}  ${mutant.id}: ${mutant.fault}`
    console.log(`${line}\n                   ${explain(outcome, edit)}`)
    if (outcome.kind === 'failed') {
      const { file, test } = outcome
      catches.push({ id: mutant.id, by: [{ file, only: [test] }] })
    } else if (outcome.kind === 'hung') catches.push({ id: mutant.id, by: wholeFiles(edit) })
  })
  return catches
}

function explain(outcome: Outcome, { tests }: Edit): string {
  if (outcome.kind === 'failed') return `by ${outcome.file} > ${outcome.test}`
  if (outcome.kind === 'passed') return `${outcome.count} tests passed in ${tests.join(', ')}`
  return outcome.reason
}

/** One run for each file: all of it where one of the runs wants that, else the tests that they name. */
function mergeRuns(runs: readonly TestRun[]): readonly TestRun[] {
  const files = [...new Set(runs.map(({ file }) => file))]
  return files.map((file) => {
    const named = runs.filter((run) => run.file === file).map(({ only }) => only)
    if (named.includes(undefined)) return { file }
    return { file, only: [...new Set(named.flatMap((only) => only ?? []))] }
  })
}

/**
 * Runs the tests that caught mutants where nothing is wrong: one that fails there, too, has caught nothing.
 * @returns how many of the catches hold
 */
async function confirmCatches(catches: readonly Catch[]): Promise<number> {
  const start = performance.now()
  const runs = mergeRuns(catches.flatMap(({ by }) => by))
  const failing = new Map<string, string>()
  let count = 0
  await doAll(runs, async (worker, run) => {
    const answer = await ask(worker, { edit: null, tests: [run] })
    if (answer.kind === 'passed') count += answer.count
    else
      failing.set(
        run.file,
        `${answer.kind === 'failed' ? answer.test : run.file}: ${answer.reason}`,
      )
  })
  console.log(`unchanged: ${count} tests in ${runs.length} files passed (${seconds(start)} s)`)
  for (const [file, problem] of failing) {
    const ids = catches.filter(({ by }) => by.some((run) => run.file === file)).map(({ id }) => id)
    console.log(`  FAILED ${problem}\n         Not caught by it: ${ids.join(', ')}`)
  }
  return catches.filter(({ by }) => !by.some(({ file }) => failing.has(file))).length
}

const tries = listTries()
const start = performance.now()
await startWorkers(WORKERS)
const caught = (await checkControls()) ? await confirmCatches(await tryMutants(tries)) : 0
const counts = { passed: caught, failed: tries.length - caught }
console.log(`${caught} of ${tries.length} mutants were caught (${seconds(start)} s)`)
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(counts))
process.exit(counts.failed === 0 ? 0 : 1)
