// The simulation of today's build beside that of an earlier commit, in turn on the same machine: `pnpm bench:before`.
// The earlier one is checked out and built in a temporary folder, for which its packages are fetched. Takes some ten minutes.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, type Row, showTable } from './measure'
import { SIMULATED, STEPS } from './simulated'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The last commit that checks all of the machine after each step. */
const BEFORE = '9094e76'

/** Most of what a step does is done by functions that only some steps call: today's build is compiled after as many runs. */
const RUNS = { before: 1, now: 40 }

/** How often both are measured. */
const TURNS = 3

/** Runs a program to its end. @returns what it printed */
const run = (cwd: string, program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

/** Steps a processor second of the last of some runs. */
function stepsPerSecond(root: string, machine: string, runs: number): number {
  const program = ['--import', 'tsx', 'bench/steps-of.ts', root, machine, `${runs}`]
  const printed = run(ROOT, process.execPath, ...program)
  const figure = Number(printed.trim().split('\n').at(-1))
  console.error(`${machine}, ${root === ROOT ? 'now' : BEFORE}: ${figure.toFixed(0)}`)
  return figure
}

function row(before: string, machine: string): Row {
  const turns = Array.from({ length: TURNS }, () => ({
    before: stepsPerSecond(before, machine, RUNS.before),
    now: stepsPerSecond(ROOT, machine, RUNS.now),
  }))
  const [then, now] = [
    median(turns.map((turn) => turn.before)),
    median(turns.map((turn) => turn.now)),
  ]
  return {
    what: `simulation on ${machine}, ${STEPS} steps: steps a processor second, all invariants after each`,
    figure: now.toFixed(0),
    baseline: `${BEFORE}: ${then.toFixed(0)}`,
    ratio: now / then,
    target: 'at least 100x',
    met: now >= 100 * then,
  }
}

const folder = mkdtempSync(join(tmpdir(), 'memhp-before-'))
const before = join(folder, 'memhp')
try {
  run(ROOT, 'git', 'clone', '--quiet', '--no-checkout', ROOT, before)
  run(before, 'git', 'checkout', '--quiet', BEFORE)
  run(before, 'pnpm', 'install', '--frozen-lockfile', '--prefer-offline')
  run(before, 'pnpm', 'turbo', 'run', 'build', '--filter=./packages/*')
  showTable(Object.keys(SIMULATED).map((machine) => row(before, machine)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
