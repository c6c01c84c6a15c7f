import { setFlagsFromString } from 'node:v8'
import { type Capture, pathsOf, serialiseCapture } from '@memhp/capture'
import { captureScript, hostTree, type TakeCaptureOptions, writeCaptureFile } from '@memhp/host'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { checkFolder, checkNewFile, withFile } from '../file-problem'
import { NAME_A_SYSROOT, takeHost } from '../source/take-host'

interface CaptureFlags {
  readonly sysroot?: string
  readonly output?: string
  readonly force?: true
  readonly pages: boolean
  readonly script?: true
  readonly redact?: true
  readonly hostname?: true
  readonly arch?: string
  readonly notes?: string
}

const DEFAULT_FILE = 'memhp-capture.json.gz'
const STANDARD_OUTPUT = '-'

function takeOptions(flags: CaptureFlags, context: CliContext): TakeCaptureOptions {
  const { arch, notes } = flags
  return {
    pages: flags.pages,
    redact: flags.redact === true,
    hostname: flags.hostname === true,
    ...(arch === undefined ? {} : { arch }),
    ...(notes === undefined ? {} : { notes }),
    signal: context.interruptSignal(),
  }
}

/** What could not be read, a line for each assumption, with the files that led to it. */
function assumptionLines({ unreadable }: Capture): readonly string[] {
  if (unreadable.length === 0) return ['Everything could be read.']
  const byAssumption = new Map<string, string[]>()
  for (const { path, errno, assume } of unreadable) {
    const paths = byAssumption.get(assume)
    const text = `${path} (${errno})`
    if (paths === undefined) byAssumption.set(assume, [text])
    else paths.push(text)
  }
  return [
    'Not everything could be read. Instead, a twin of this capture assumes:',
    ...[...byAssumption].map(([assume, [first = '', ...others]]) => {
      const more = others.length === 0 ? '' : ` and ${others.length} more like it`
      return `  ${first}${more}: ${assume}`
    }),
  ]
}

function summaryLines(capture: Capture, place: string): readonly string[] {
  const { arch, kernelRelease, files, pages } = capture
  const blocks = pathsOf(files).filter(
    (path) => path.endsWith('/state') && /\/memory\d+\/state$/.test(path),
  ).length
  const use = pages === undefined ? 'without page use' : 'with page use'
  return [
    `Wrote ${place}: ${arch}, Linux ${kernelRelease}, ${blocks} memory blocks, ${use}.`,
    ...assumptionLines(capture),
  ]
}

/** Has V8 collect its garbage earlier: with 32,768 blocks that is a tenth of the memory. Only where V8 is known to have the flag, in Node 20. */
function keepHeapSmall(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--heap-growing-percent=20')
}

async function capture(flags: CaptureFlags, context: CliContext): Promise<void> {
  keepHeapSmall()
  const path = flags.output ?? DEFAULT_FILE
  if (path !== STANDARD_OUTPUT) await checkNewFile(path, { replace: flags.force === true })
  if (flags.sysroot !== undefined) await checkFolder(flags.sysroot, NAME_A_SYSROOT)
  const tree = hostTree(flags.sysroot === undefined ? {} : { sysroot: flags.sysroot })
  const taken = await takeHost(
    tree,
    { sysroot: flags.sysroot, options: takeOptions(flags, context) },
    context,
  )
  if (path === STANDARD_OUTPUT) {
    context.print(serialiseCapture(taken))
    await context.printed()
  } else {
    await withFile(path, async () => writeCaptureFile(path, taken, { force: flags.force === true }))
  }
  const place = path === STANDARD_OUTPUT ? 'to standard output' : path
  for (const line of summaryLines(taken, place)) context.warn(line)
}

const HELP = `
Only reads. Run it as root to get addresses (/proc/iomem) and page use (/proc/kpageflags); as another user the
capture says what is missing and what a twin assumes instead. Page use is eight bytes a page to read, which takes
a while on a large host; --no-pages leaves it out.

A host without Node: memhp capture --script > capture.sh, run it there, bring the result here.
`

/**
 * The script, where no flag is given that it does not heed: each belongs to the script's own command line or to the capture that it prints.
 * @throws CliError
 */
function scriptOf(command: Command): string {
  const others = command.options
    .filter((option) => option.attributeName() !== 'script')
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ long, short }) => long ?? short)
  if (others.length === 0) return captureScript()
  throw new CliError(`--script takes no ${others.join(', ')}`, {
    remedy: 'memhp capture --script > capture.sh; sh capture.sh --help tells what the script takes',
  })
}

/** `memhp capture`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .option(
      '-o, --output <file>',
      'where to; packed if it ends in .gz; - is standard output',
      DEFAULT_FILE,
    )
    .option('--force', 'replace the file if it is there')
    .option('--sysroot <dir>', 'a folder that holds a copy of /sys and /proc; default: this host')
    .option('--no-pages', 'do not read how pages are used')
    .option('--redact', 'leave out what tells which machine it is')
    .option('--hostname', 'keep the host’s name, which is left out otherwise')
    .option('--arch <name>', 'what uname -m prints there, if the folder does not say')
    .option('--notes <text>', 'a note to keep in the file')
    .option('--script', 'print a POSIX shell script that takes the capture on a host without Node')
    .addHelpText('after', HELP)
    .action(async (flags: CaptureFlags) => {
      if (flags.script) context().print(scriptOf(command))
      else await capture(flags, context())
    })
}
