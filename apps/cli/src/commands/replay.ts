import { invariant } from '@memhp/core'
import { operationText } from '@memhp/trace'
import type { Command } from 'commander'
import type { CliContext, Paint } from '../context'
import { CliError, EXIT } from '../errors'
import { tellingHowFar } from '../interrupt'
import type { FileOutcome, ReplayedFile } from '../replay/replay-file'
import { replayFiles } from '../replay/replay-files'
import { differenceLines } from '../report/difference-lines'
import { noTraceIn, type TraceSource, traceSource } from '../source/trace-files'

interface ReplayFlags {
  readonly json?: true
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

function reportLines(report: ReplayedFile, paint: Paint): string[] {
  const { path, agreeing, stepCount, hintCount, first, context } = report
  const hints = hintCount === 0 ? '' : `, ${plural(hintCount, 'hint')}`
  const head = `${path}  ${agreeing} of ${plural(stepCount, 'step')} agree${hints}`
  if (first === undefined) return [`${paint.green('ok    ')} ${head}`]
  const steps = context.map(({ step, op }) => `${step}: ${operationText(op)}`)
  const last = steps.pop()
  const where =
    last === undefined ? 'They differ before the first step' : `They differ first at step ${last}`
  return [
    `${paint.red('DIFFER')} ${head}`,
    ...(steps.length === 0
      ? []
      : ['  What led there:', ...steps.map((step) => paint.dim(`    ${step}`))]),
    `  ${paint.bold(where)}, in ${plural(first.differences.length, 'thing')}:`,
    ...differenceLines(first.differences, paint).map((line) => `    ${line}`),
  ]
}

/** A replay that goes on. */
interface Replaying {
  /** What is done. */
  readonly reports: ReplayedFile[]
  readonly signal: AbortSignal | undefined
  readonly tell: (report: ReplayedFile) => void
}

/** Replays what some paths stand for, and tells of each as soon as it and all before it are done. */
async function replayAll(
  sources: readonly TraceSource[],
  { reports, signal, tell }: Replaying,
  context: CliContext,
): Promise<void> {
  const paths = sources.flatMap(({ files }) => files)
  const outcomes = replayFiles(paths, context.workers, signal)
  const passedOver: string[] = []
  try {
    for (const { path: source, kind, files } of sources) {
      const before = reports.length
      for (const path of files) {
        context.progress(`[${reports.length + passedOver.length + 1}/${paths.length}] ${path}`)
        const { value } = await outcomes.next()
        context.progress('')
        const report = reportOf(value, kind, context)
        if (report === undefined) {
          passedOver.push(path)
          continue
        }
        reports.push(report)
        tell(report)
      }
      if (reports.length === before) throw noTraceIn(source)
    }
  } finally {
    await outcomes.return(undefined)
  }
  if (passedOver.length > 0) context.warn(`Passed over, no traces: ${passedOver.join(', ')}`)
}

/** @returns undefined for what is not a trace, in a folder @throws CliError for what was refused, once it is told */
function reportOf(
  outcome: FileOutcome | undefined,
  kind: TraceSource['kind'],
  context: CliContext,
): ReplayedFile | undefined {
  invariant(outcome, 'Each file has an outcome.')
  if (outcome.kind === 'replayed') return outcome.report
  if (outcome.isOther && kind === 'folder') return undefined
  for (const line of outcome.told.lines) context.warn(line)
  throw new CliError('', { exitCode: outcome.told.exitCode })
}

async function replay(
  paths: readonly string[],
  flags: ReplayFlags,
  context: CliContext,
): Promise<void> {
  const sources = await Promise.all(paths.map(traceSource))
  const tell = (report: ReplayedFile): void => {
    if (!flags.json) context.print(`${reportLines(report, context.paint).join('\n')}\n`)
  }
  // This thread hears of Ctrl-C only where others replay; else the kernel ends it.
  const signal = context.workers && context.interruptSignal()
  const reports: ReplayedFile[] = []
  await tellingHowFar(signal, {
    act: async () => replayAll(sources, { reports, signal, tell }, context),
    tell: () => tellTotal(reports, { flags, isWhole: false }, context),
  })
  if (tellTotal(reports, { flags, isWhole: true }, context)) return
  throw new CliError('the model differs from a recording', { exitCode: EXIT.refused })
}

/** @returns whether all agree */
function tellTotal(
  reports: readonly ReplayedFile[],
  { flags, isWhole }: { readonly flags: ReplayFlags; readonly isWhole: boolean },
  context: CliContext,
): boolean {
  context.progress('')
  const total = {
    traces: reports.length,
    exact: reports.filter(({ first }) => first === undefined).length,
    steps: reports.reduce((sum, { stepCount }) => sum + stepCount, 0),
    agreeing: reports.reduce((sum, { agreeing }) => sum + agreeing, 0),
    hints: reports.reduce((sum, { hintCount }) => sum + hintCount, 0),
  }
  if (flags.json)
    context.print(
      `${JSON.stringify({ version: 1, ...(isWhole ? {} : { interrupted: true }), traces: reports, total }, null, 2)}\n`,
    )
  else {
    const agree = isWhole
      ? `${total.exact} of ${total.traces} traces agree throughout`
      : `Until then ${total.exact} of ${plural(total.traces, 'trace')} agreed`
    context.print(
      `\n${agree}; ${total.agreeing} of ${total.steps} steps, with ${plural(total.hints, 'hint')}\n`,
    )
  }
  return total.exact === total.traces
}

const HELP = `
Each step of a recorded run is carried out on the model, and everything that was recorded is compared: errno, devices,
uevents and their order, platform events, and every file. A hint is one unmovable page put where the real kernel
must have had one; no other hint is given.

A folder is searched for traces, with all folders in it but node_modules and hidden ones. Other JSON that lies there is
passed over, and named on standard error; a file that is named itself must be a trace.

Exit codes: 0 every step of every trace agrees, 1 one differs, 2 a file is not a trace, 130 stopped by Ctrl-C,
which tells what was done until then.

Examples:
  memhp replay recordings                              those of the repository
  memhp replay trace.json.gz --json
`

/** `memhp replay`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .argument('<trace...>', 'recorded traces (*.json, *.json.gz), or folders of them')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (paths: string[], flags: ReplayFlags) => {
      await replay(paths, flags, context())
    })
}
