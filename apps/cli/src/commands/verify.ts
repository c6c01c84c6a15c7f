import { randomInt } from 'node:crypto'
import {
  LIVE_DEVICES,
  type LiveKernel,
  shrinkWalk,
  type WalkOptions,
  type WalkReport,
  walkAtRandom,
} from '@memhp/conformance'
import { operationText } from '@memhp/trace'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { checkNewFile } from '../file-problem'
import { loadPlugins } from '../source/plugins'
import { bootGuests, withGuest } from '../verify/boot-guest'
import {
  againText,
  checkKernelFiles,
  machineOf,
  type VerifyFlags,
  type Walk,
} from '../verify/choice'
import { guestFiles } from '../verify/guest-files'
import { TraceFile } from '../verify/trace-file'
import { differenceSection, headText, outcomeText, timesFaster } from '../verify/verify-text'

const LARGEST_SEED = 2 ** 32

function wholeNumber(what: string, limit: number, least = 0): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= limit) return number
    throw new InvalidArgumentError(`expected ${what}, ${least} to ${limit}.`)
  }
}

/** @throws InvalidArgumentError for what is not a version of a kernel */
function kernelVersion(text: string): string {
  if (/^\d+\.\d+(?:\.\d+)?$/.test(text)) return text
  throw new InvalidArgumentError('not a version; as 6.12 or 7.3.4 is.')
}

function nodeSizes(text: string): number[] {
  if (/^\d+(,\d+)*$/.test(text)) return text.split(',').map(Number)
  throw new InvalidArgumentError('expected the MiB of each node, as 1024,0.')
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
      onAttempt: ({ number, steps }) => {
        const text = `guest ${number} of ${flags.shrink} at most: ${steps} steps`
        context.progress(text)
        if (number % STEPS_A_LINE === 0) context.milestone(text)
      },
    },
  )
  context.progress('')
  return shortest
}

/** A line of a log every given number of steps. */
const STEPS_A_LINE = 10

async function verify(flags: VerifyFlags, context: CliContext): Promise<void> {
  const seed = flags.seed ?? randomInt(LARGEST_SEED)
  const walk: Walk = { machine: machineOf(flags, seed), seed, steps: flags.steps }
  const { arch } = walk.machine
  const file = new TraceFile(flags.record ?? `memhp-${arch}-${seed}.json.gz`, {
    name: `${arch}-seed-${seed}`,
    replace: flags.force === true,
  })
  await checkNewFile(file.path, { replace: flags.force === true })
  await checkKernelFiles(flags)
  const signal = context.interruptSignal()
  const files = await withGuest(signal, async () => guestFiles(arch, flags, signal))
  const { qemu } = flags
  const boot = bootGuests({ files, signal, ...(qemu === undefined ? {} : { qemu }) })
  let kernel: LiveKernel | undefined
  const options: WalkOptions = {
    machine: walk.machine,
    boot: async (machine) => (kernel = await boot(machine)),
    plugins: await loadPlugins(),
    clock: () => performance.now(),
    signal,
    onStep: ({ index, operation }) => {
      const taken = index + 1
      context.progress(`${taken}/${walk.steps} ${operationText(operation)}`)
      if (taken % STEPS_A_LINE === 0) context.milestone(`${taken} of ${walk.steps} steps`)
    },
  }
  if (!flags.json) context.print(headText(walk.machine, walk))
  context.progress('the guest boots')
  const found = await withGuest(signal, async () => walkAtRandom(options, walk)).catch(
    async (error: unknown) => {
      // What a guest did before it died is what its death is looked into with.
      const trace = kernel?.trace(arch)
      if (flags.record !== undefined && trace !== undefined && trace.steps.length > 0) {
        await file.write(trace)
        context.warn(`Written: ${file.path}, the steps before`)
      }
      throw error
    },
  )
  context.progress('')
  if (!flags.json) context.print(outcomeText(found, context.paint))
  // Written at once: what comes next takes minutes.
  const isWritten = found.first !== undefined || flags.record !== undefined
  if (isWritten) await file.write(found.trace)
  const report =
    found.first === undefined ? found : await shrunk(found, options, { flags, context })
  if (report !== found) await file.write(report.trace)
  tell({ found, report, walk, ...(isWritten ? { path: file.path } : {}) }, flags, context)
}

interface Outcome {
  readonly found: WalkReport
  /** The shortest walk that differs; `found` where none does. */
  readonly report: WalkReport
  readonly walk: Walk
  /** The trace that was written. */
  readonly path?: string
}

function tell(
  { found, report, walk, path }: Outcome,
  flags: VerifyFlags,
  context: CliContext,
): void {
  const differs = report.first !== undefined
  if (flags.json) {
    const { kernelMs, modelMs, agreeing, hintCount, kernel, trace } = found
    const steps = { taken: trace.steps.length, agreeing, hints: hintCount }
    const time = { guestMs: kernelMs, modelMs, timesFaster: timesFaster(found) }
    const difference = differs
      ? { ...report.first, operations: report.trace.steps.map(({ op }) => op) }
      : null
    const document = { version: 1, ...walk, kernel, steps, time, difference, trace: path ?? null }
    context.print(`${JSON.stringify(document, null, 2)}\n`)
  } else {
    context.print(differenceSection(report, context.paint))
    if (path !== undefined)
      context.print(`Written: ${path}; carry it out again with memhp replay ${path}\n`)
    if (differs) context.print(`The whole walk again: ${againText(flags, walk)}\n`)
  }
  if (differs) throw new CliError('the model differs from the kernel', { exitCode: EXIT.refused })
}

const HELP = `
Boots a kernel under QEMU (software emulation, no root), draws a walk of hot-plug operations from the seed, carries each
step out on the guest and on the model, and compares errno, devices, uevents, platform events and every file. At a
difference it looks for the shortest walk that still differs, each on a fresh guest, and writes it as a trace.

Needs qemu-system-x86, qemu-system-ppc, qemu-system-misc (s390x), or qemu-system-arm and qemu-efi-aarch64, and a kernel:
--fetch takes Debian's, once, for arm64 with its firmware, and --kernel-version one of another version (5.10 to 7.3), from
whichever suite of Debian has it.

Exit codes: 0 every step agrees, 1 one differs, 2 a flag or a file is wrong, 3 no guest, 130 interrupted.

Examples:
  memhp verify --fetch --seed 7                        x86-64, with Debian's kernel
  memhp verify --fetch --arch ppc64le --mmu hash --steps 20
  memhp verify --kernel-version 7.3
`

/** `memhp verify`. */
export function configure(command: Command, context: () => CliContext): void {
  command
    .addOption(
      new Option('--arch <name>', 'the guest’s architecture')
        .choices(['x86_64', 'ppc64le', 's390x', 'arm64'])
        .default('x86_64'),
    )
    .addOption(
      new Option('--device <kind>', 'what memory devices are plugged; virtio-mem: DIMMs beside it')
        .choices([...LIVE_DEVICES])
        .default('dimm'),
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
    .option(
      '--steps <count>',
      'length of the walk',
      wholeNumber('a number of steps', 100_000, 1),
      60,
    )
    .option('--nodes <mib,…>', 'boot memory of each node; default as the seed has it', nodeSizes)
    .option('--cmdline <text>', 'added to the kernel’s command line; default as the seed has it')
    .option('--faults', 'make notifiers fail now and then; default as the seed has it')
    .option('--no-faults', 'let every notifier be')
    .option('--kernel <file>', 'a kernel of your own')
    .option('--modules <dir>', 'where that kernel’s modules are (*.ko)')
    .option('--initrd <file>', 'an initramfs whose files are there too')
    .option('--fetch', 'fetch Debian’s kernel first, where it has not been fetched')
    .addOption(
      new Option(
        '--kernel-version <version>',
        'fetch Debian’s newest kernel of this version, 6.12 or 7.3.4, and take that',
      )
        .argParser(kernelVersion)
        .conflicts(['kernel', 'modules']),
    )
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
