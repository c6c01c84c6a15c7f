import type { Difference, ReplayReport } from '@memhp/conformance'
import type { Command } from 'commander'
import type { CliContext, Paint } from '../context'
import { CliError, EXIT } from '../errors'
import { withFile } from '../file-problem'
import { loadPlugins } from '../source/plugins'

interface ReplayFlags {
  readonly json?: true
}

async function traceFiles(paths: readonly string[]): Promise<string[]> {
  const { stat, readdir } = await import('node:fs/promises')
  const { join } = await import('node:path')
  const files = await Promise.all(
    paths.map((path) =>
      withFile(path, async () => {
        if (!(await stat(path)).isDirectory()) return [path]
        const names = await readdir(path)
        const traces = names.filter((name) => /\.json(\.gz)?$/.test(name)).sort()
        if (traces.length > 0) return traces.map((name) => join(path, name))
        throw new CliError(`${path} holds no trace`, { remedy: 'name traces: *.json or *.json.gz' })
      }),
    ),
  )
  return files.flat()
}

async function readTrace(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const { gunzipSync } = await import('node:zlib')
  const bytes = await withFile(path, async () => readFile(path))
  if (!path.endsWith('.gz')) return bytes.toString('utf8')
  try {
    return gunzipSync(bytes).toString('utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError(`${path} cannot be unpacked (${why}); it may be truncated`)
  }
}

function differenceLines(difference: Difference, paint: Paint): string[] {
  const { what, real, model } = difference
  return [
    `      ${what}`,
    paint.green(`        real   ${real ?? '(not there)'}`),
    paint.red(`        model  ${model ?? '(not there)'}`),
  ]
}

const SHOWN_DIFFERENCES = 8

function reportLines(report: ReplayReport, paint: Paint): string[] {
  const { name, agreeing, stepCount, hintCount, first } = report
  const hints = hintCount === 0 ? '' : `, ${hintCount} hint${hintCount === 1 ? '' : 's'}`
  const head = `${name}  ${agreeing} of ${stepCount} steps agree${hints}`
  if (first === undefined) return [`${paint.green('ok    ')} ${head}`]
  const where = first.step === -1 ? 'before the first step' : `at step ${first.step}`
  const more = first.differences.length - SHOWN_DIFFERENCES
  return [
    `${paint.red('DIFFER')} ${head}`,
    `    first difference ${where}`,
    ...report.context.map((line) => `      ${line}`),
    ...first.differences
      .slice(0, SHOWN_DIFFERENCES)
      .flatMap((entry) => differenceLines(entry, paint)),
    ...(more > 0 ? [`      … and ${more} more`] : []),
  ]
}

async function replay(
  paths: readonly string[],
  flags: ReplayFlags,
  context: CliContext,
): Promise<void> {
  const { parseTrace, replayTrace } = await import('@memhp/conformance')
  const plugins = await loadPlugins()
  const signal = context.interruptSignal()
  const files = await traceFiles(paths)
  const reports: ReplayReport[] = []
  for (const [index, path] of files.entries()) {
    if (signal.aborted) throw new CliError('interrupted', { exitCode: EXIT.interrupted })
    context.progress(`[${index + 1}/${files.length}] ${path}`)
    const report = replayTrace(parseTrace(await readTrace(path), { name: path }), plugins)
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
        `${total.agreeing} of ${total.steps} steps, with ${total.hints} hints\n`,
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
