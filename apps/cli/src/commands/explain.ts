import { realpathSync } from 'node:fs'
import { formatNumberList } from '@memhp/kernel-files'
import {
  type ExplainOptions,
  type Explanation,
  explainBlock,
  explainDevice,
  explainErrno,
  explainLog,
  type LogFact,
  logFactsIn,
  type PastFailure,
} from '@memhp/planner'
import { devicesCalled, driverManagedMemory, type Topology } from '@memhp/topology'
import type { Command } from 'commander'
import { pastFailures } from '../apply/journals'
import { addRemoteOptions, isElsewhere, type RemoteFlags, specOf } from '../apply/open-target'
import { studyMachine } from '../apply/study-machine'
import type { TargetSpec } from '../apply/target'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { type Asked, askedBy } from '../explain/subject'
import { jsonDocument } from '../output/json'
import { renderExplanation } from '../report/explanation-report'
import { pageStyle } from '../report/page-style'
import { chooseSource, type SourceChoice, sourceArguments } from '../source/choice'
import { kernelMessages } from '../source/kernel-messages'
import { addStudyOptions, type StudiedHost, type StudyFlags } from '../source/studied-host'

interface ExplainFlags extends StudyFlags, RemoteFlags {
  readonly dmesg?: string
  readonly json?: true
}

/** What flags name: a source, or a machine elsewhere. */
type Named = SourceChoice | TargetSpec

const EXAMPLES = 'memory32, 0x100000000, PNP0C80:01, EBUSY, or a line of the kernel’s log'

/** The block of a number, a name, an address or a page; undefined for other words. */
function blockCalled(
  word: string,
  { blocks, blockBytes, pageBytes }: Topology,
): number | undefined {
  const [, id] = /^(?:memory)?(\d{1,9})$/.exec(word) ?? []
  if (id !== undefined) return Number(id)
  const [, page, digits] = /^((?:pfn|page)[:=])?0x([0-9a-f]{1,13})$/i.exec(word) ?? []
  if (digits === undefined) return undefined
  const address = Number.parseInt(digits, 16) * (page === undefined ? 1 : pageBytes)
  const at = Math.floor(address / blockBytes)
  return blocks.some((block) => block.id === at) ? at : undefined
}

/** Explains a place of a machine. @throws CliError where the machine has none of that name */
function explainPlace(
  word: string,
  { topology, choice }: StudiedHost,
  options: ExplainOptions,
): Explanation {
  const [device] = devicesCalled(topology.devices, word)
  if (device !== undefined) return explainDevice(topology, device, options)
  const id = blockCalled(word, topology)
  const block = topology.blocks.find((each) => each.id === id)
  if (block !== undefined) return explainBlock(topology, block, options)
  const added = topology.blocks.filter(
    (each) => driverManagedMemory(topology, each)?.device === word,
  )
  if (added.length > 0)
    return explainDevice(topology, { name: word, blocks: added.map((each) => each.id) }, options)
  const message = `${JSON.stringify(word)}: this machine has no such block or device`
  throw new CliError(message, { remedy: `${EXAMPLES}; memhp list${sourceArguments(choice)}` })
}

/** The number of the block that a fact is about, whether the machine has one or not; undefined where it names no memory. */
function blockNumberOf(
  { block, pfn, range }: LogFact,
  { blockBytes, pageBytes }: Topology,
): number | undefined {
  if (block !== null) return block
  if (pfn !== null) return Math.floor((pfn * pageBytes) / blockBytes)
  return range === null ? undefined : Math.floor(range.start / blockBytes)
}

/** Blocks that facts are about, for lines of a log without a place beside them, and lines about memory in no block. */
function placesOf(
  facts: readonly LogFact[],
  topology: Topology,
): { readonly places: readonly string[]; readonly strayLines: readonly number[] } {
  const known = new Set<number>(topology.blocks.map(({ id }) => id))
  const places = new Set<string>()
  const strayLines: number[] = []
  for (const fact of facts) {
    const id = blockNumberOf(fact, topology)
    if (id === undefined) continue
    if (known.has(id)) places.add(`memory${id}`)
    else strayLines.push(fact.line)
  }
  return { places: [...places], strayLines }
}

function warnOfStray(lines: readonly number[], context: CliContext): void {
  if (lines.length === 0) return
  const which = lines.length === 1 ? 'Line' : 'Lines'
  context.warn(
    `${which} ${formatNumberList(lines)} of the log: about memory in no block of this machine.`,
  )
}

/** What needs no machine: an errno, an _OST report, or a log alone. */
async function explainAlone(asked: Asked, log: readonly LogFact[]): Promise<Explanation> {
  if (asked.ost !== undefined) return (await import('../explain/ost')).explanationOfOst(asked.ost)
  if (asked.errno !== undefined && log.length === 0) return explainErrno(asked.errno)
  return explainLog(log)
}

/** The facts of the named log, or of this host's; undefined where no log was read. */
async function factsFor(
  choice: Pick<Named, 'kind'>,
  { dmesg }: ExplainFlags,
  asked: Asked,
): Promise<readonly LogFact[] | undefined> {
  const isOwn = dmesg === undefined && choice.kind === 'host' && asked.places.length > 0
  const lines = dmesg === undefined && !isOwn ? undefined : await kernelMessages(dmesg)
  if (lines === undefined) return asked.facts.length === 0 ? undefined : asked.facts
  return [...logFactsIn(lines), ...asked.facts]
}

/** What earlier runs of memhp apply met on the machine; of a copy none tells. */
async function pastOf(choice: Named, context: CliContext): Promise<readonly PastFailure[]> {
  if (choice.kind === 'capture' || choice.kind === 'scenario') return []
  if (choice.kind !== 'folder') return pastFailures(choice, context)
  return pastFailures({ kind: 'folder', path: realpathSync(choice.path) }, context)
}

async function explain(
  words: readonly string[],
  flags: ExplainFlags,
  context: CliContext,
): Promise<void> {
  const choice = isElsewhere(flags) ? await specOf(flags) : chooseSource(undefined, flags)
  const asked = askedBy(words)
  const log = await factsFor(choice, flags, asked)
  const style = pageStyle(context.paint, context.columns)
  const isAlone = asked.places.length === 0 && choice.kind === 'host'
  if (isAlone || asked.ost !== undefined) {
    if (words.length === 0 && flags.dmesg === undefined)
      throw new CliError('nothing is named that is to be explained', { remedy: EXAMPLES })
    const explanation = await explainAlone(asked, log ?? [])
    const document = { version: 1, explanations: [explanation] }
    context.print(
      flags.json ? `${JSON.stringify(document, null, 2)}\n` : renderExplanation(explanation, style),
    )
    return
  }
  const host = await studyMachine(flags, context)
  const { places, strayLines } = placesOf(log ?? [], host.topology)
  const named = asked.places.length > 0 ? asked.places : places
  if (asked.places.length === 0) warnOfStray(strayLines, context)
  const { errno } = asked
  const past = await pastOf(choice, context)
  const options = {
    past,
    ...(log === undefined ? {} : { log }),
    ...(errno === undefined ? {} : { errno }),
  }
  const explanations =
    named.length > 0
      ? named.map((word) => explainPlace(word, host, options))
      : [await explainAlone(asked, log ?? [])]
  context.print(
    flags.json
      ? jsonDocument(host.choice, host.topology, { explanations })
      : explanations.map((each) => renderExplanation(each, style)).join(''),
  )
}

const HELP = `
What is to be explained is one or more of
  memory32, 32                 a block, by name or number
  0x100000000, pfn:0x100000    the block at a physical address, or of a page frame as logs name it
  PNP0C80:01, virtio0          a memory device, by the kernel's or firmware's name: each of its blocks
  EBUSY, errno=16, ret:-16     what the kernel answered; beside a block: why this block gave it
  'migrating pfn 40000 …'      a line of the kernel's log; with a machine named, for its block
  'ost 3/0x82'                 source and status of an ACPI _OST report, or QEMU's event as it is
  --dmesg alone                all that a log says of memory that comes, goes or fails

Joined are the errno, the kernel's log with its page dumps and hardware errors (of 3.10 to 7.3; from dmesg, journalctl, /dev/kmsg
or a console), page flags, the zone, /proc/iomem (holes, kernel, crash kernel), who added the memory, the room for its pages, and
what the journals of memhp apply tell of attempts that failed before. Without --dmesg the log is this host's, where it may be
read. Only reads.

Exit codes: 0 it is explained, 2 a flag, a name or a file is wrong.

Examples:
  memhp explain memory32                              on this host, as root
  memhp explain memory32 EBUSY --capture host.json.gz --dmesg dmesg.txt
  memhp explain PNP0C80:01 --sysroot ./copy
  memhp explain 'EDAC MC0: 1 CE … page:0x100000 offset:0x0 …' --capture host.json.gz
  memhp explain EINVAL                                what it can mean
  dmesg | memhp explain --dmesg -
  memhp explain 'ost 3/130' --json
`

/** `memhp explain`. */
export function configure(command: Command, context: () => CliContext): void {
  addRemoteOptions(
    addStudyOptions(
      command
        .argument('[what...]', 'a block, an address, a device, an errno, a line of the log')
        .option('--dmesg <file>', 'the kernel’s log, packed (.gz) or not; - is standard input')
        .option('--json', 'print JSON'),
    ),
  )
    .addHelpText('after', HELP)
    .action(async (words: readonly string[], flags: ExplainFlags) => {
      await explain(words, flags, context())
    })
}
