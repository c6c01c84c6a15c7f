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

const REPORT = join(ROOT, 'node_modules/.cache/memhp/vitest.json')

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

await bootstrap()
let passed = 0
let failed = 0
for (const [name, command, args] of CHECKS) {
  if (await step(name, command, args)) passed++
  else failed++
}
const tests = await runTests()

passed += tests.passed
failed += tests.failed
warnOfGuests()
process.exitCode = failed === 0 ? 0 : 1
const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''
console.log(`${passed} passed, ${failed} failed${skipped}`)
