// Runs the tests that the series of 2012 names, and writes docs/series.md with how they ended.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { CANARY, type NamedTest, titlesNaming } from './invariants-page'
import { type ResultOf, seriesPage, VECTORS } from './series-page'
import { ROOT } from './workspace'

/** What Vitest's JSON reporter says of a file. */
interface FileReport {
  readonly name: string
  readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
}

function runTests(files: readonly string[]): readonly FileReport[] {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-series-'))
  const report = join(folder, 'report.json')
  const flags = ['run', '--reporter=json', `--outputFile=${report}`]
  try {
    spawnSync('vitest', [...flags, ...files], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      readonly testResults: readonly FileReport[]
    }
    return testResults
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A test that did not run has not passed. */
const resultsOf =
  (reports: readonly FileReport[]): ResultOf =>
  ({ file, names, title }: NamedTest) => {
    const report = reports.find(({ name }) => relative(ROOT, name) === file)
    const tests =
      report?.assertionResults.filter((each) => title === CANARY || each.title.includes(names)) ??
      []
    return tests.length > 0 && tests.every(({ status }) => status === 'passed') ? 'pass' : 'FAIL'
  }

const named = [
  ...titlesNaming('2012/'),
  ...VECTORS.flatMap((each) => titlesNaming(`vector ${each}`)),
]
const files = [...new Set(named.map(({ file }) => file))]
const page = seriesPage(resultsOf(runTests(files)))
writeFileSync(join(ROOT, 'docs/series.md'), page)
console.log(
  `docs/series.md: ${files.length} test files ran, ${page.split('FAIL').length - 1} failures`,
)
