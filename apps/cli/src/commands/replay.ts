import type { ReplayReport } from '@memhp/conformance'
import type { Plugins } from '@memhp/core'
import type { Command } from 'commander'
import type { CliContext, Paint } from '../context'
import { CliError, EXIT } from '../errors'
import { inFile, withFile } from '../file-problem'
import { differenceLines, operationText } from '../report/difference-lines'
import { loadPlugins } from '../source/plugins'

interface ReplayFlags {
  readonly json?: true
}

const TRACE_NAME = /\.json(?:\.gz)?$/

/** The traces of a folder, by name. @throws CliError where it has none */
async function tracesIn(folder: string): Promise<string[]> {
  const { readdir } = await import('node:fs/promises')
  const { join } = await import('node:path')
  const entries = await readdir(folder, { withFileTypes: true })
  const traces = entries.filter((entry) => !entry.isDirectory() && TRACE_NAME.test(entry.name))
  if (traces.length > 0) return traces.map(({ name }) => join(folder, name)).sort()
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
  throw new CliError(`${folder} holds no trace`, {
    remedy:
      folders.length > 0
        ? `name the folder that does, such as ${folders.sort()[0]}`
        : 'name traces: *.json or *.json.gz',
  })
}

async function traceFiles(paths: readonly string[]): Promise<string[]> {
  const { stat } = await import('node:fs/promises')
  const files = await Promise.all(
    paths.map((path) =>
      withFile(path, async () => ((await stat(path)).isDirectory() ? tracesIn(path) : [path])),
    ),
  )
  return files.flat()
}

/** A replayed trace and where it came from. */
interface ReplayedFile extends ReplayReport {
  readonly path: string
}

async function replayFile(path: string, plugins: Plugins): Promise<ReplayedFile> {
  const { parseTrace, replayTrace } = await import('@memhp/conformance')
  const { readPackedText } = await import('@memhp/host')
  return inFile(path, async () => {
    const text = await withFile(path, async () => readPackedText(path, { code: 'BAD_TRACE' }))
    return { path, ...replayTrace(parseTrace(text), plugins) }
  })
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

async function replay(
  paths: readonly string[],
  flags: ReplayFlags,
  context: CliContext,
): Promise<void> {
  const plugins = await loadPlugins()
  const signal = context.interruptSignal()
  const files = await traceFiles(paths)
  const reports: ReplayedFile[] = []
  for (const [index, path] of files.entries()) {
    if (signal.aborted) throw new CliError('interrupted', { exitCode: EXIT.interrupted })
    context.progress(`[${index + 1}/${files.length}] ${path}`)
    const report = await replayFile(path, plugins)
    reports.push(report)
    context.progress('')
    if (!flags.json) context.print(`${reportLines(report, context.paint).join('\n')}\n`)
  }
  const total = {
    traces: reports.length,
    exact: reports.filter(({ first }) => first === undefined).length,
    steps: reports.reduce((sum, { stepCount }) => sum + stepCount, 0),
    agreeing: reports.reduce((sum, { agreeing }) => sum + agreeing, 0),
    hints: reports.reduce((sum, { hintCount }) => sum + hintCount, 0),
  }
  if (flags.json)
    context.print(`${JSON.stringify({ version: 1, traces: reports, total }, null, 2)}\n`)
  else {
    context.print(
      `\n${total.exact} of ${total.traces} traces agree throughout; ` +
        `${total.agreeing} of ${total.steps} steps, with ${plural(total.hints, 'hint')}\n`,
    )
  }
  if (total.exact < total.traces) {
    throw new CliError('the model differs from a recording', { exitCode: EXIT.refused })
  }
}

const HELP = `
Each step of a recorded run is carried out on the model, and everything that was recorded is compared: errno, devices,
uevents and their order, platform events, and every file. A hint is one unmovable page put where the real kernel
must have had one; no other hint is given.

Exit codes: 0 every step of every trace agrees, 1 one differs, 2 a file is no trace.
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
