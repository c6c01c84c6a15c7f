import { randomInt } from 'node:crypto'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { checkNewFile } from '../file-problem'
import { tellingHowFar } from '../interrupt'
import type { SeedOutcome, SimulationTask } from '../simulate/simulate-seed'
import { simulateSeeds } from '../simulate/simulate-seeds'
import { wholeNumber } from '../source/whole-number'
import { KERNELS } from '../text/kernels'

interface SimulateFlags {
  readonly seed?: number
  readonly steps: number
  readonly runs: number
  readonly arch?: string
  readonly kernel?: string
  /** True: as many as there are processors. */
  readonly workers?: number | true
  readonly record?: string
  readonly force?: true
  readonly json?: true
}

const LARGEST_SEED = 2 ** 32

/** The seeds in order; for ever where `runs` is 0. */
function* tasksOf(flags: SimulateFlags, first: number): Generator<SimulationTask> {
  const { steps, runs, arch, kernel } = flags
  const wanted = {
    steps,
    ...(arch === undefined ? {} : { arch }),
    ...(kernel === undefined ? {} : { kernel }),
  }
  for (let run = 0; runs === 0 || run < runs; run++) yield { seed: first + run, ...wanted }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

const threadsOf = ({ workers }: SimulateFlags, context: CliContext): number =>
  workers === true ? (context.workers?.count ?? 1) : (workers ?? 1)

async function simulate(flags: SimulateFlags, context: CliContext): Promise<void> {
  const first = flags.seed ?? randomInt(LARGEST_SEED)
  const path = (seed: number): string => flags.record ?? `memhp-seed-${seed}.yaml`
  if (flags.record !== undefined)
    await checkNewFile(flags.record, { replace: flags.force === true })
  const { workers } = context
  // This thread hears of Ctrl-C only where others simulate; else the kernel ends it.
  const signal = workers && context.interruptSignal()
  const threads = { url: workers?.url, count: threadsOf(flags, context), signal }
  const total: Total = { runs: 0, steps: 0, done: 0, refused: 0 }
  const outcomes = simulateSeeds(tasksOf(flags, first), threads)
  await tellingHowFar(signal, {
    act: async () => simulateAll(outcomes, total, { flags, path, context }),
    tell: () => tellTotal(total, { first, isWhole: false }, flags, context),
  })
  tellTotal(total, { first, isWhole: true }, flags, context)
}

/** What all runs so far came to. */
interface Total {
  runs: number
  steps: number
  done: number
  refused: number
}

async function simulateAll(
  outcomes: AsyncIterable<SeedOutcome>,
  total: Total,
  {
    flags,
    path,
    context,
  }: {
    readonly flags: SimulateFlags
    readonly path: (seed: number) => string
    readonly context: CliContext
  },
): Promise<void> {
  for await (const outcome of outcomes) {
    if (outcome.kind === 'broken') {
      const [replace, json] = [flags.force === true, flags.json === true]
      const { tellBroken } = await import('../simulate/tell-broken')
      await tellBroken(outcome, { path: path(outcome.seed), replace, json }, context)
    } else {
      total.runs += 1
      total.done += sum(outcome.done)
      total.refused += sum(outcome.refused)
      total.steps += flags.steps
      tellClean(outcome, total, flags, context)
    }
  }
}

/** @param about.isWhole whether all seeds were simulated: else those that ended may have gaps between them */
function tellTotal(
  total: Total,
  { first, isWhole }: { readonly first: number; readonly isWhole: boolean },
  flags: SimulateFlags,
  context: CliContext,
): void {
  context.progress('')
  if (flags.json) {
    const about = { version: 1, seed: first, ...(isWhole ? {} : { interrupted: true }) }
    context.print(`${JSON.stringify({ ...about, total }, null, 2)}\n`)
    return
  }
  const { runs, steps, done, refused } = total
  const last = first + runs - 1
  const seeds = runs === 1 ? `seed ${first}` : `seeds ${first} to ${last}`
  context.print(
    `${isWhole ? seeds : `${runs} of the runs from seed ${first} on`}: ${steps} steps, ${done} done and ${refused} refused; every invariant held\n`,
  )
}

/** After how many runs a line of a log says how far it has come. */
const RUNS_A_LINE = 100

function tellClean(
  { seed, arch }: SeedOutcome & { readonly kind: 'clean' },
  total: { readonly runs: number; readonly steps: number },
  { runs }: SimulateFlags,
  context: CliContext,
): void {
  const text = `seed ${seed} (${arch}) is clean; ${total.runs}${runs === 0 ? '' : ` of ${runs}`} runs, ${total.steps} steps`
  context.progress(text)
  if (total.runs % RUNS_A_LINE === 0) context.milestone(text)
}

const HELP = `
Everything is drawn from the seed: the machine, what is done to it, the steps that are made to fail, and callbacks that
throw or ask for more. What a step must and must not change is checked after each step, with all that it touched; the whole
machine every 1,000 steps and at the end. Same seed, same run. One run is one machine; --runs simulates the seeds that
follow, too.

All night, on all processors: memhp simulate --runs 0 --workers

The first run that breaks an invariant ends it: the seed, the shortest sequence that shows it, and a scenario file with it.

Exit codes: 0 every invariant held, 1 one was broken, 2 a flag is wrong, 130 stopped by Ctrl-C,
which tells what the runs until then came to.

Examples:
  memhp simulate --seed 7 --steps 1000
  memhp simulate --runs 100 --arch ppc64le --json
`

/** `memhp simulate`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .option('--seed <number>', 'first seed; default: drawn', wholeNumber('a seed', 0))
    .option('--steps <number>', 'steps of each run', wholeNumber('steps', 1, 1_000_000), 1000)
    .option('--runs <number>', 'how many seeds; 0: until it is stopped', wholeNumber('runs', 0), 1)
    .option('--arch <name>', 'architecture; default: the seed decides')
    .option('--kernel <name>', `kernel: ${KERNELS}; default v6.1`)
    .option(
      '--workers [count]',
      'threads; without a number as many as there are processors',
      wholeNumber('threads', 1, 1024),
    )
    .option('--record <file>', 'where to write the scenario; default memhp-seed-N.yaml')
    .option('--force', 'replace the file')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (flags: SimulateFlags) => {
      await simulate(flags, context())
    })
}
