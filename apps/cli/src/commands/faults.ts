import { setImmediate } from 'node:timers/promises'
import type { FaultCase, FaultSweepOptions } from '@memhp/conformance'
import { type Command, Option } from 'commander'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { FaultTotals } from '../faults/fault-totals'
import { plural } from '../report/page-style'
import { loadPlugins } from '../source/plugins'
import { wholeNumber } from '../source/whole-number'
import { KERNELS } from '../text/kernels'

interface FaultFlags {
  readonly arch?: string
  readonly variant?: string
  readonly kernel?: string
  readonly operation?: string
  readonly point?: string
  readonly every?: true
  readonly pairs: number
  readonly seed: number
  readonly json?: true
}

async function optionsOf(flags: FaultFlags): Promise<FaultSweepOptions> {
  const { json: _, every, ...chosen } = flags
  return {
    ...chosen,
    ...(every === undefined ? {} : { times: 'every' as const }),
    plugins: await loadPlugins(),
  }
}

/** @throws CliError for a word that names nothing */
function demandKnown(what: string, word: string | undefined, known: readonly string[]): void {
  if (word === undefined || known.includes(word)) return
  // Names of variants have commas in them.
  const list = [...new Set(known)].join('; ')
  throw new CliError(`${what} "${word}" is not known; there are ${list}`, {
    exitCode: EXIT.badInput,
  })
}

/** The machine that flags ask for: `--arch "x86_64" --variant "hash"`. */
const askedFor = (flags: FaultFlags): string =>
  (['arch', 'variant', 'kernel'] as const)
    .flatMap((name) =>
      flags[name] === undefined ? [] : [`--${name} ${JSON.stringify(flags[name])}`],
    )
    .join(' ')

async function faults(flags: FaultFlags, context: CliContext): Promise<void> {
  const { chosenMachines, injectionPointsOf, sweepAll } = await import('@memhp/conformance')
  const options = await optionsOf(flags)
  const { plugins } = options
  const all = chosenMachines({ plugins })
  demandKnown(
    '--arch',
    flags.arch,
    all.map(({ arch }) => arch),
  )
  demandKnown(
    '--variant',
    flags.variant,
    all.map(({ variant }) => variant),
  )
  demandKnown(
    '--kernel',
    flags.kernel,
    all.map(({ kernel }) => kernel),
  )
  demandKnown(
    '--point',
    flags.point,
    injectionPointsOf().map(({ name }) => name),
  )
  if (chosenMachines(options).length === 0)
    throw new CliError(`no machine is as asked for: ${askedFor(flags)}`, {
      exitCode: EXIT.badInput,
    })
  const signal = context.interruptSignal()
  const totals = new FaultTotals()
  for (const each of sweepAll(options)) {
    await setImmediate()
    if (signal.aborted) break
    const isNewMachine = totals.add(each)
    tell(each, { totals, isNewMachine }, flags, context)
  }
  context.progress('')
  const isInterrupted = signal.aborted
  context.print(
    flags.json
      ? totals.json(flags.seed)
      : totals.text({ isInterrupted, paint: context.paint, columns: context.columns }),
  )
  signal.throwIfAborted()
  if (totals.broken.length > 0)
    throw new CliError(`${totals.broken.length} failures are not dealt with as declared`, {
      exitCode: EXIT.refused,
    })
  if (totals.cases === 0)
    throw new CliError(`no operation that was asked for passes ${flags.point ?? 'a point'}`, {
      exitCode: EXIT.badInput,
    })
}

/** After how many cases a line of a log says how far it has come. Every machine begins one, too. */
const CASES_A_LINE = 250

function tell(
  each: FaultCase,
  { totals, isNewMachine }: { readonly totals: FaultTotals; readonly isNewMachine: boolean },
  { json }: FaultFlags,
  context: CliContext,
): void {
  const where = `${each.arch} (${each.variant}) ${each.kernel}`
  const far = `${where}: ${each.operation}; ${plural(totals.operations, 'operation')}, ${plural(totals.cases, 'failure')} so far`
  context.progress(far)
  const isCase = each.kind === 'clean' || each.kind === 'broken'
  if (isNewMachine || (isCase && totals.cases % CASES_A_LINE === 0)) context.milestone(far)
  if (each.kind !== 'broken' || json) return
  const { bold, red } = context.paint
  context.print(`${red('BROKEN')} ${bold(where)}, ${each.operation}; ${each.message}\n`)
}

const HELP = `
Makes each injection point fail once, alone, in every operation on every architecture and kernel that has it; then --pairs
pairs of them at random, of which the second fails as the first is dealt with, or as the operation is asked for again.
After each, the machine must be what it was, or differ as docs/not-rolled-back.md says that the kernel leaves it;
every invariant must hold, and the operation must succeed when nothing fails any more. docs/injection-points.md lists the
points.

REFUSED counts failures for which the operation was refused, with an errno or by firmware. WENT ON counts those that it was not
refused for, as the kernel does without what failed: without a line in sysfs, or by trying again. The last column names what
the kernel leaves or does otherwise, by its id in docs/not-rolled-back.md.

All of it takes a while: choose by --arch, --kernel, --operation or --point. Same seed, same pairs.

Exit codes: 0 every failure was dealt with as declared, 1 one was not, 2 a flag is wrong, 130 stopped by Ctrl-C.

Examples:
  memhp faults --arch x86_64 --kernel v6.1                       each injection point, once
  memhp faults --arch s390x --point offline/migrate --json
  memhp faults --arch x86_64 --pairs 100 --seed 7                pairs of them, drawn
`

/** `memhp faults`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .option('--arch <name>', 'only this architecture')
    .option('--variant <name>', 'only this kind of it: hash')
    .addOption(new Option('--kernel <name>', `only this kernel: ${KERNELS}`))
    .option('--operation <words>', 'only operations whose names contain this')
    .option('--point <name>', 'only this injection point: offline/migrate')
    .option('--every', 'fail each time that a point is passed, not only the first and the last')
    .option('--pairs <number>', 'pairs of faults to draw', wholeNumber('a number', 0), 0)
    .option('--seed <number>', 'what pairs are drawn from', wholeNumber('a seed', 0), 1)
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (flags: FaultFlags) => {
      await faults(flags, context())
    })
}
