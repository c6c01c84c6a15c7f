import { setFlagsFromString } from 'node:v8'
import { type Capture, pathsOf, redactCapture, serialiseCapture } from '@memhp/capture'
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
  readonly from?: readonly string[]
  readonly blockSize?: string
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

/** Writes a capture to where it is wanted. */
async function writeCapture(
  path: string,
  taken: Capture,
  { flags, context }: { readonly flags: CaptureFlags; readonly context: CliContext },
): Promise<void> {
  if (path !== STANDARD_OUTPUT) {
    await withFile(path, async () => writeCaptureFile(path, taken, { force: flags.force === true }))
    return
  }
  context.print(serialiseCapture(taken))
  await context.printed()
}

const placeName = (path: string): string => (path === STANDARD_OUTPUT ? 'to standard output' : path)

/** Joins texts of a report. @throws CliError for flags that are about a host */
async function captureReports(
  path: string,
  { from = [], ...flags }: CaptureFlags,
  context: CliContext,
): Promise<void> {
  if (flags.sysroot !== undefined)
    throw new CliError('--from takes texts, and --sysroot a copy of /sys and /proc: name one')
  const { gatheredLines, gatherFrom } = await import('../source/gather-capture')
  const gathered = await gatherFrom(from, flags)
  const { notes = '' } = flags
  const written = notes === '' ? {} : { notes: `${notes}\n${gathered.capture.notes ?? ''}` }
  const taken = { ...gathered.capture, ...written }
  await writeCapture(path, flags.redact ? redactCapture(taken) : taken, { flags, context })
  const { arch, kernelRelease } = taken
  context.warn(`Wrote ${placeName(path)}: ${arch}, Linux ${kernelRelease}, out of these texts:`)
  for (const line of gatheredLines(gathered)) context.warn(line)
}

async function capture(flags: CaptureFlags, context: CliContext): Promise<void> {
  keepHeapSmall()
  const path = flags.output ?? DEFAULT_FILE
  if (path !== STANDARD_OUTPUT) await checkNewFile(path, { replace: flags.force === true })
  if (flags.from !== undefined) {
    await captureReports(path, flags, context)
    return
  }
  if (flags.blockSize !== undefined)
    throw new CliError('--block-size says what texts leave out, and --from is not given')
  if (flags.sysroot !== undefined) await checkFolder(flags.sysroot, NAME_A_SYSROOT)
  const tree = hostTree(flags.sysroot === undefined ? {} : { sysroot: flags.sysroot })
  const taken = await takeHost(
    tree,
    { sysroot: flags.sysroot, options: takeOptions(flags, context) },
    context,
  )
  await writeCapture(path, taken, { flags, context })
  for (const line of summaryLines(taken, placeName(path))) context.warn(line)
}

const HELP = `
Only reads. Run it as root to get addresses (/proc/iomem) and page use (/proc/kpageflags); as another user the
capture says what is missing and what a twin assumes instead. Page use is eight bytes a page to read, which takes
a while on a large host; --no-pages leaves it out.

A host without Node: memhp capture --script > capture.sh, run it there, bring the result here.

With --from it is joined out of what a report carries: what lsmem printed (2.38 to 2.42; table, raw, pairs or JSON), /proc/iomem,
zoneinfo, meminfo, buddyinfo, pagetypeinfo, cmdline and version, uname -a, numactl -H, daxctl list, QMP's answer to
query-memory-devices, the log of a boot (dmesg), an unpacked sos report, several of them pasted into one file with their
prompts. What a text is its content tells; KIND=FILE says it. For each fact it is told, and kept in the capture's notes, from
which text it is, or that it is assumed or unknown; and where texts contradict each other.

Examples:
  memhp capture -o host.json.gz                                        this host, as root
  memhp capture --sysroot ./copy --arch ppc64le -o copy.json.gz
  memhp capture --from lsmem.txt iomem.txt dmesg.txt -o report.json.gz
  memhp capture --from sosreport-host-2026 --arch x86_64 -o report.json.gz
  memhp capture --from lsmem=paste.txt memory-devices=qmp.json --arch s390x --block-size 256M
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
    .option('--from <file...>', 'instead: texts of a report, a folder of sos, or KIND=FILE')
    .option('--block-size <size>', 'with --from: of a memory block, if no text says it')
    .option('--notes <text>', 'a note to keep in the file')
    .option('--script', 'print a POSIX shell script that takes the capture on a host without Node')
    .addHelpText('after', HELP)
    .action(async (flags: CaptureFlags) => {
      if (flags.script) context().print(scriptOf(command))
      else await capture(flags, context())
    })
}
