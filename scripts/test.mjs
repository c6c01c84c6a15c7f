// `npm test`: installs what is missing, builds, and runs the checks and the tests. What takes long runs where
// MEMHP_THOROUGH=1 asks for it, and guests where MEMHP_GUESTS=1 does: `.ci/run` asks for both.
// The last line is the total: `N passed, N failed`.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { bootstrap, ENVIRONMENT, ROOT, run, step, turboBuild } from './bootstrap.mjs'

const THOROUGH = process.env.MEMHP_THOROUGH === '1'
const GUESTS = process.env.MEMHP_GUESTS === '1'

const CACHE = join(ROOT, 'node_modules/.cache/memhp')
const REPORT = join(CACHE, 'vitest.json')
const MUTANTS_REPORT = join(CACHE, 'mutants.json')
const FUZZ_REPORT = join(CACHE, 'fuzz.json')

/** Inputs of the fuzzer, the same in each run. A release tries more: `pnpm fuzz`. */
const FUZZ_INPUTS = ['--seed=20261128', '--runs=400']

/** The check of a program of types, from what the last check left where that is there. */
const types = (config) => [
  'tsc',
  ['-p', config, '--incremental', '--tsBuildInfoFile', join(CACHE, `${config}.tsbuildinfo`)],
]

/** What tests run as it is built. */
const PROGRAMS = ['--filter=memhp', '--filter=memhp-dashboard']

/** Each counts as one. Those that take longest begin first. */
const CHECKS = [
  ...(THOROUGH ? [['lint with types', 'eslint', ['--max-warnings=0', '.']]] : []),
  ['types', ...types('tsconfig.json')],
  ['types of the page', ...types('apps/dashboard/tsconfig.json')],
  ...(THOROUGH ? [['packages', 'tsx', ['scripts/check-packages.ts']]] : []),
  ...(THOROUGH ? [['types of sources', ...types('tsconfig.sources.json')]] : []),
  ['unused code', 'knip', ['--no-config-hints']],
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['imports', 'tsx', ['scripts/check-imports.ts']],
]

/** Runs the checks, as many at a time as there are processors. @returns how many passed and failed */
async function runChecks() {
  const waiting = [...CHECKS]
  const counts = { passed: 0, failed: 0 }
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift())
      counts[(await step(...check)) ? 'passed' : 'failed']++
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return counts
}

/** Runs every test and counts what ran. A run that ends badly without a failed test is one failure. */
async function runTests() {
  rmSync(REPORT, { force: true })
  // Vitest leaves one processor to whom it tells of its progress: of two, half.
  const workers = [`--maxWorkers=${availableParallelism()}`]
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`]
  const { passed: endedWell } = await run('vitest', ['run', ...workers, ...reporters], {
    output: 'show',
  })
  let counts = { passed: 0, failed: 0, skipped: 0 }
  try {
    counts = countTests(JSON.parse(readFileSync(REPORT, 'utf8')))
  } catch (error) {
    console.log(`no report of the tests: ${error.message}`)
  }
  const ran = counts.passed + counts.failed
  if (ran === 0) console.log('no test ran')
  if (counts.failed === 0 && (!endedWell || ran === 0)) counts.failed = 1
  return counts
}

/** A file that could not be loaded has failed, though it holds no failed test. */
function countTests(report) {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const failures = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => `${relative(ROOT, name)} > ${fullName}`),
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [...failures, ...broken.map(({ name }) => relative(ROOT, name))],
  }
}

/** Source: ECMA-48 SGR. */
const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'

/** Says what was not tried, for that is not known to work, and how to try it. */
function tellWhatDidNotRun() {
  const lines = [
    ...(THOROUGH
      ? []
      : [
          'NOT RUN: lint with types; the packages as they are packed; the mutants; the fuzzer; contracts of more than one kind of most',
          'architectures; of simulations, of recordings with all invariants, of twins of recorded views, of flat views, of transcripts,',
          'of the lines of pages, of runs that are cut short, of machines elsewhere, of what the page does and of what properties draw',
          'more than a sample; what can go of 64 TiB. All:',
          '  MEMHP_THOROUGH=1 npm test',
        ]),
    ...(GUESTS
      ? []
      : [
          'NOT RUN: guests, so that nothing was compared with a kernel that runs. On Debian:',
          '  apt-get install qemu-system-x86 qemu-system-ppc',
          '  node packages/qemu/scripts/fetch-kernels.mjs x86_64 ppc64le',
          '  MEMHP_GUESTS=1 npm test',
        ]),
  ]
  if (lines.length > 0) console.log(`${RED}${lines.join('\n')}${PLAIN}`)
}

/**
 * Runs a script that shows what it does and writes a report of what passed and failed. A run that did not come to its end is one
 * failure.
 */
async function runReporting(what, report, args) {
  rmSync(report, { force: true })
  await run(process.execPath, [...args, `--report=${report}`], { output: 'show' })
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch (error) {
    console.log(`no report of ${what}: ${error.message}`)
    return { passed: 0, failed: 1 }
  }
}

/** Applies every mutant and counts those that a test caught. */
const runMutants = () =>
  runReporting('the mutants', MUTANTS_REPORT, ['--import', 'tsx', 'mutants/run.ts'])

/** Tries inputs that no user hands in on purpose. Each finding is a failure. */
const runFuzzer = () =>
  runReporting('the fuzzer', FUZZ_REPORT, [
    '--conditions=memhp-source',
    '--import',
    'tsx',
    'fuzz/run.ts',
    ...FUZZ_INPUTS,
  ])

await bootstrap()
mkdirSync(CACHE, { recursive: true })
// Tests of what is built may run: it is built from these sources.
ENVIRONMENT.MEMHP_BUILT = '1'
const built = await step('build', ...turboBuild(...(THOROUGH ? [] : PROGRAMS)))
const results = [
  { passed: built ? 1 : 0, failed: built ? 0 : 1 },
  await runChecks(),
  await runTests(),
  ...(THOROUGH ? [await runMutants(), await runFuzzer()] : []),
]

const total = (key) => results.reduce((sum, result) => sum + (result[key] ?? 0), 0)
tellWhatDidNotRun()
// Once more at the end, for what a log of many thousand lines holds far above is not found.
for (const failure of results.flatMap(({ failures = [] }) => failures))
  console.log(`failed: ${failure}`)
process.exitCode = total('failed') === 0 ? 0 : 1
if (total('skipped') > 0) console.log(`${total('skipped')} skipped`)
console.log(`${total('passed')} passed, ${total('failed')} failed`)
