// `npm test`: installs what is missing, builds, runs every check and every test.
// The last line is the total: `N passed, N failed`.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, ROOT, run, step, turbo } from './bootstrap.mjs'

/** Each counts as one. */
const CHECKS = [
  ['build', ...turbo('build')],
  ['types', ...turbo('typecheck', 'typecheck:tests')],
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['lint with types', 'eslint', ['--max-warnings=0', '.']],
  ['imports', 'tsx', ['scripts/check-imports.ts']],
  ['unused code', 'knip', ['--no-config-hints']],
  ['publint', ...turbo('publint')],
  ['attw', ...turbo('attw')],
]

const CACHE = join(ROOT, 'node_modules/.cache/memhp')
const REPORT = join(CACHE, 'vitest.json')
const MUTANTS_REPORT = join(CACHE, 'mutants.json')

/** Runs every test and counts what ran. A run that ends badly without a failed test is one failure. */
async function runTests() {
  rmSync(REPORT, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`]
  const { passed: endedWell } = await run('vitest', ['run', ...reporters], { output: 'show' })
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
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** Source: ECMA-48 SGR. */
const RED = '\u001b[31m'
const PLAIN = '\u001b[0m'

/** A machine that boots no guest is told so: what was not tried is not known to work. */
function warnOfGuests() {
  if (process.env.MEMHP_GUESTS === '1') return
  const lines = [
    'NOT TRIED: nothing was compared with a kernel that runs, for no guest was booted. On Debian:',
    '  apt-get install qemu-system-x86 qemu-system-ppc',
    '  node packages/qemu/scripts/fetch-kernels.mjs x86_64 ppc64le',
    '  MEMHP_GUESTS=1 npm test',
  ]
  console.log(`${RED}${lines.join('\n')}${PLAIN}`)
}

/** Applies every mutant and counts those that a test caught. A run that did not come to its end is one failure. */
async function runMutants() {
  rmSync(MUTANTS_REPORT, { force: true })
  const args = ['--import', 'tsx', 'mutants/run.ts', `--report=${MUTANTS_REPORT}`]
  await run(process.execPath, args, { output: 'show' })
  try {
    return JSON.parse(readFileSync(MUTANTS_REPORT, 'utf8'))
  } catch (error) {
    console.log(`no report of the mutants: ${error.message}`)
    return { passed: 0, failed: 1 }
  }
}

await bootstrap()
let passed = 0
let failed = 0
for (const [name, command, args] of CHECKS) {
  if (await step(name, command, args)) passed++
  else failed++
}
const tests = await runTests()
const mutants = await runMutants()

passed += tests.passed + mutants.passed
failed += tests.failed + mutants.failed
warnOfGuests()
process.exitCode = failed === 0 ? 0 : 1
if (tests.skipped > 0) console.log(`${tests.skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
