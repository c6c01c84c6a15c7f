import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import {
  shrinkWalk,
  type Trace,
  type WalkOptions,
  type WalkReport,
  walkAtRandom,
} from '@memhp/conformance'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { checkNewFile, withFile } from '../file-problem'
import { operationText } from '../report/difference-lines'
import { loadPlugins } from '../source/plugins'
import { bootGuests, withGuest } from '../verify/boot-guest'
import { againText, machineOf, type VerifyFlags, type Walk } from '../verify/choice'
import { guestFiles } from '../verify/guest-files'
import { differenceSection, headText, outcomeText, timesFaster } from '../verify/verify-text'

const LARGEST_SEED = 2 ** 32

function wholeNumber(what: string, limit: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number <= limit) return number
    throw new InvalidArgumentError(`expected ${what}, at most ${limit}.`)
  }
}

function nodeSizes(text: string): number[] {
  if (/^\d+(,\d+)*$/.test(text)) return text.split(',').map(Number)
  throw new InvalidArgumentError('expected the MiB of each node, as 1024,0.')
}

/** The walk as a trace that `memhp replay` takes. */
function namedTrace({ trace }: WalkReport, { machine, seed }: Walk): Trace {
  return { ...trace, name: `${machine.arch}-seed-${seed}` }
}

async function writeTrace(path: string, trace: Trace, flags: VerifyFlags): Promise<void> {
  const text = `${JSON.stringify(trace)}\n`
  const flag = flags.force ? 'w' : 'wx'
  const bytes = path.endsWith('.gz') ? gzipSync(text) : text
  await withFile(path, async () => writeFile(path, bytes, { flag }))
}

async function shrunk(
  found: WalkReport,
  options: WalkOptions,
  { flags, context }: { readonly flags: VerifyFlags; readonly context: CliContext },
): Promise<WalkReport> {
  if (found.trace.steps.length < 2 || flags.shrink === 0) return found
  context.warn(
    `The model differs at step ${found.trace.steps.length - 1}. Looking for a shorter walk.`,
  )
  const shortest = await shrinkWalk(
    found,
    { ...options, onStep: () => {} },
    {
      mostWalks: flags.shrink,
      onAttempt: ({ number, steps }) =>
        context.progress(`guest ${number} of ${flags.shrink} at most: ${steps} steps`),
    },
  )
  context.progress('')
  return shortest
}

async function verify(flags: VerifyFlags, context: CliContext): Promise<void> {
  const seed = flags.seed ?? randomInt(LARGEST_SEED)
  const walk: Walk = { machine: machineOf(flags, seed), seed, steps: flags.steps }
  const place = flags.record ?? `memhp-${walk.machine.arch}-${seed}.json.gz`
  await checkNewFile(place, { replace: flags.force === true })
  const signal = context.interruptSignal()
  const files = await withGuest(signal, async () => guestFiles(walk.machine.arch, flags))
  const { qemu } = flags
  const options: WalkOptions = {
    machine: walk.machine,
    boot: bootGuests({ files, signal, ...(qemu === undefined ? {} : { qemu }) }),
    plugins: await loadPlugins(),
    clock: () => performance.now(),
    signal,
    onStep: ({ index, operation }) =>
      context.progress(`${index + 1}/${walk.steps} ${operationText(operation)}`),
  }
  if (!flags.json) context.print(headText(walk.machine, walk))
  context.progress('the guest boots')
  const found = await withGuest(signal, async () => walkAtRandom(options, walk))
  context.progress('')
  if (!flags.json) context.print(outcomeText(found, context.paint))
  const report =
    found.first === undefined
      ? found
      : await withGuest(signal, async () => shrunk(found, options, { flags, context }))
  await tell({ found, report, walk, place }, flags, context)
}

interface Outcome {
  readonly found: WalkReport
  /** The shortest walk that differs; `found` where none does. */
  readonly report: WalkReport
  readonly walk: Walk
  readonly place: string
}

async function tell(
  { found, report, walk, place }: Outcome,
  flags: VerifyFlags,
  context: CliContext,
): Promise<void> {
  const differs = report.first !== undefined
  const isWritten = differs || flags.record !== undefined
  if (isWritten) await writeTrace(place, namedTrace(report, walk), flags)
  if (flags.json) {
    const { kernelMs, modelMs, agreeing, hintCount, kernel, trace } = found
    const steps = { taken: trace.steps.length, agreeing, hints: hintCount }
    const time = { guestMs: kernelMs, modelMs, timesFaster: timesFaster(found) }
    const difference = differs
      ? { ...report.first, operations: report.trace.steps.map(({ op }) => op) }
      : null
    const document = { version: 1, ...walk, kernel, steps, time, difference }
    const written = isWritten ? { trace: place } : {}
    context.print(`${JSON.stringify({ ...document, ...written }, null, 2)}\n`)
  } else {
    context.print(differenceSection(report, context.paint))
    if (isWritten)
      context.print(`Written: ${place}; carry it out again with memhp replay ${place}\n`)
    if (differs) context.print(`The whole walk again: ${againText(flags, walk)}\n`)
  }
  if (differs) throw new CliError('the model differs from the kernel', { exitCode: EXIT.refused })
}

const HELP = `
Boots a kernel under QEMU (software emulation, no root), draws a walk of hot-plug operations from the seed, carries each
step out on the guest and on the model, and compares errno, devices, uevents, platform events and every file. At a
difference it looks for the shortest walk that still differs, each on a fresh guest, and writes it as a trace.

Needs qemu-system-x86 or qemu-system-ppc, and a kernel: --fetch takes Debian's, once.

Exit codes: 0 every step agrees, 1 one differs, 2 a flag or a file is wrong, 3 no guest, 130 interrupted.
`

/** `memhp verify`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .addOption(
      new Option('--arch <name>', 'the guest’s architecture')
        .choices(['x86_64', 'ppc64le'])
        .default('x86_64'),
    )
    .addOption(
      new Option('--mmu <kind>', 'page tables of ppc64le; default radix').choices([
        'radix',
        'hash',
      ]),
    )
    .option(
      '--seed <number>',
      'what machine and walk are drawn from; default a new one',
      wholeNumber('a number', LARGEST_SEED - 1),
    )
    .option('--steps <count>', 'length of the walk', wholeNumber('a number of steps', 100_000), 60)
    .option('--nodes <mib,…>', 'boot memory of each node; default as the seed has it', nodeSizes)
    .option('--cmdline <text>', 'added to the kernel’s command line; default as the seed has it')
    .option('--faults', 'make notifiers fail now and then; default as the seed has it')
    .option('--no-faults', 'let every notifier be')
    .option('--kernel <file>', 'a kernel of your own')
    .option('--modules <dir>', 'where that kernel’s modules are (*.ko)')
    .option('--initrd <file>', 'an initramfs whose files are there too')
    .option('--fetch', 'fetch Debian’s kernel first, where it has not been fetched')
    .option('--qemu <file>', 'the QEMU binary; default that of the architecture')
    .option(
      '--shrink <count>',
      'guests to boot at most in search of a shorter walk',
      wholeNumber('a number of guests', 10_000),
      60,
    )
    .option('--record <file>', 'write the walk as a trace, also where all agrees')
    .option('--force', 'replace the file if it is there')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (flags: VerifyFlags) => {
      await verify(flags, context())
    })
}
