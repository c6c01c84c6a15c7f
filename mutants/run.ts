// Applies each mutant in a scratch copy and runs the tests that must catch it. Prints a line for each, and last
// how many were caught. Arguments: ids of mutants; default: all. `--report=FILE` writes the counts as JSON.
import { type ChildProcess, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Edit, editOf, listTestFiles, readSources } from './edit'
import { CONTROLS, MUTANTS } from './list'
import type { Mutant } from './mutant'
import { makeScratch, removeScratch } from './scratch'
import type { Answer, Task } from './worker'

const WORKERS = 2
/** A mutant may make the tests run for ever. For each test file; where nothing is wrong, they pass within it. */
const LIMIT_MS = 120_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { report: { type: 'string' } },
})

/** A process with a scratch copy of its own. */
interface Worker {
  readonly scratch: string
  child: ChildProcess
}

const workers = new Set<Worker>()

/** Ends a worker with all that it started, and removes its copy. */
function end(worker: Worker): void {
  const { child, scratch } = worker
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
    process.kill(-child.pid, 'SIGKILL')
  workers.delete(worker)
  removeScratch(scratch)
}

process.on('exit', () => {
  for (const worker of workers) end(worker)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(1))

function startChild(scratch: string): ChildProcess {
  return fork(join(import.meta.dirname, 'worker.ts'), {
    cwd: scratch,
    detached: true,
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, MEMHP_SEED: process.env.MEMHP_SEED ?? '20261123' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** What a worker answered, or what became of it instead. */
type Outcome = Answer | { readonly kind: 'ended' | 'hung'; readonly reason: string }

/** The next answer of a worker, unless it ends or takes too long. */
function nextAnswer({ child }: Worker, limitMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer)
      child.off('message', settle)
      child.off('exit', ended)
      resolve(outcome)
    }
    const ended = (code: number | null): void =>
      settle({ kind: 'ended', reason: `The process of the tests ended with ${code}.` })
    const late = (): void =>
      settle({ kind: 'hung', reason: `Still running after ${limitMs / 1000} s.` })
    const timer = setTimeout(late, limitMs)
    child.on('message', settle)
    child.on('exit', ended)
  })
}

async function startWorker(): Promise<Worker> {
  const scratch = makeScratch()
  const worker: Worker = { scratch, child: startChild(scratch) }
  workers.add(worker)
  const answer = await nextAnswer(worker, LIMIT_MS)
  if (answer.kind !== 'passed') throw new Error(`A worker does not start: ${answer.reason}`)
  return worker
}

async function ask(worker: Worker, task: Task): Promise<Outcome> {
  worker.child.send(task)
  const outcome = await nextAnswer(worker, task.tests.length * LIMIT_MS)
  if (outcome.kind === 'ended' || outcome.kind === 'hung') {
    // Whatever it was busy with: the next task gets a new process in a new copy.
    end(worker)
    Object.assign(worker, await startWorker())
  }
  return outcome
}

/** Has all tasks done by the workers, whoever is free. */
async function doAll<T>(
  tasks: readonly T[],
  perform: (worker: Worker, task: T) => Promise<void>,
): Promise<void> {
  const left = tasks.slice()
  await Promise.all(
    [...workers].map(async (worker) => {
      for (let task = left.shift(); task !== undefined; task = left.shift())
        await perform(worker, task)
    }),
  )
}

/** A mutant, and where it goes. */
interface Try {
  readonly mutant: Mutant
  readonly edit: Edit
}

const repository = { sources: readSources(), testFiles: listTestFiles() }

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)

/** Runs the tests of the mutants where nothing is wrong. @returns whether they passed */
async function checkUnchanged(tries: readonly Try[]): Promise<boolean> {
  const start = performance.now()
  const files = [...new Set(tries.flatMap(({ edit }) => edit.tests))]
  let count = 0
  const problems: string[] = []
  await doAll(files, async (worker, file) => {
    const answer = await ask(worker, { edit: null, tests: [file] })
    if (answer.kind === 'passed') count += answer.count
    else problems.push(`${answer.kind === 'failed' ? answer.test : file}: ${answer.reason}`)
  })
  console.log(`unchanged: ${count} tests in ${files.length} files passed (${seconds(start)} s)`)
  for (const problem of problems) console.log(`  FAILED ${problem}`)
  return problems.length === 0
}

/** Requires that what is no catch is not taken for one. @returns whether that is so */
async function checkControls(worker: Worker): Promise<boolean> {
  const problems: string[] = []
  for (const { mutant, answer } of CONTROLS) {
    const edit = editOf(mutant, repository)
    const { kind } = await ask(worker, { edit, tests: edit.tests })
    if (kind !== answer) problems.push(`${mutant.id}: ${mutant.fault} It ${kind}, not ${answer}.`)
  }
  console.log(
    `controls: ${CONTROLS.length - problems.length} of ${CONTROLS.length} are as they should be`,
  )
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

/** Tries one mutant and prints the outcome. @returns whether it was caught */
async function tryMutant(worker: Worker, { mutant, edit }: Try): Promise<boolean> {
  const start = performance.now()
  const outcome = await ask(worker, { edit, tests: edit.tests })
  const time = `${seconds(start).padStart(5)} s`
  const verdict = VERDICTS[outcome.kind].padEnd(8)
  const line = `${verdict}  ${time}  ${mutant.id}: ${mutant.fault}`
  console.log(`${line}\n                   ${explain(outcome, mutant)}`)
  return outcome.kind === 'failed' || outcome.kind === 'hung'
}

function explain(outcome: Outcome, { tests }: Mutant): string {
  if (outcome.kind === 'failed') return `by ${outcome.test}`
  if (outcome.kind === 'passed') return `${outcome.count} tests passed in ${tests.join(', ')}`
  return outcome.reason
}

const unknown = positionals.find((id) => !MUTANTS.some((mutant) => mutant.id === id))
if (unknown !== undefined) {
  console.error(`There is no mutant "${unknown}". The list is in mutants/.`)
  process.exit(2)
}
const tries = MUTANTS.filter(({ id }) => positionals.length === 0 || positionals.includes(id)).map(
  (mutant) => ({ mutant, edit: editOf(mutant, repository) }),
)
const start = performance.now()
const [first] = await Promise.all(Array.from({ length: WORKERS }, startWorker))
let caught = 0
if (first !== undefined && (await checkControls(first)) && (await checkUnchanged(tries))) {
  await doAll(tries, async (worker, each) => {
    if (await tryMutant(worker, each)) caught += 1
  })
}
const counts = { passed: caught, failed: tries.length - caught }
console.log(`${caught} of ${tries.length} mutants were caught (${seconds(start)} s)`)
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(counts))
process.exit(counts.failed === 0 ? 0 : 1)
