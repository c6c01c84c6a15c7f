import { nodeId, ONLINE_TYPES, type OnlineType } from '@memhp/core'
import { outlookOf, plugRoomOf } from '@memhp/planner'
import type { OnlineWish } from '@memhp/rehearsal'
import { type Command, Option } from 'commander'
import { addRemoteOptions, type RemoteFlags } from '../apply/open-target'
import { studyMachine } from '../apply/study-machine'
import type { CliContext } from '../context'
import { CliError, EXIT } from '../errors'
import { jsonDocument } from '../output/json'
import { noteLine, notesHint } from '../output/notes'
import type { GrowthFlags } from '../report/growth-report'
import { mostText, renderOutlook } from '../report/outlook-report'
import { pageStyle } from '../report/page-style'
import { chooseMachine, MACHINE_ARGUMENT, type SourceChoice } from '../source/choice'
import { addStudyOptions, type StudiedHost, type StudyFlags } from '../source/studied-host'
import { parseSize } from '../text/size'

interface CanFlags extends StudyFlags, RemoteFlags {
  readonly json?: true
  readonly notes?: true
  readonly online?: OnlineType | true
  readonly policy?: 'contig-zones' | 'auto-movable'
  readonly ratio?: string
  readonly plug?: string
  readonly node?: string
  readonly growTo?: string
  readonly dimm?: string
}

const wrong = (flag: string, text: string, right: string): CliError =>
  new CliError(`${flag} ${JSON.stringify(text)}: ${right} is expected`)

function numberOf(flag: string, text: string, right: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw wrong(flag, text, right)
}

function plugOf({ plug, node = '0' }: CanFlags): OnlineWish['plug'] {
  if (plug === undefined) return undefined
  const sizeBytes = parseSize(plug)
  if (sizeBytes === undefined || sizeBytes === 0) throw wrong('--plug', plug, 'a size, as 1G,')
  return { sizeBytes, node: nodeId(numberOf('--node', node, 'the number of a node')) }
}

/** What is asked of `--online` and the flags that go with it. @throws CliError where one of those stands without it */
function onlineWish(flags: CanFlags): OnlineWish | undefined {
  const { online, policy, ratio } = flags
  if (online === undefined) {
    const stray = (['policy', 'ratio', 'plug', 'node'] as const).find(
      (name) => flags[name] !== undefined,
    )
    if (stray === undefined) return undefined
    throw new CliError(`--${stray} says how memory comes online, and --online is not given`, {
      remedy: 'memhp can --online online --policy auto-movable --ratio 301',
    })
  }
  if (flags.node !== undefined && flags.plug === undefined)
    throw new CliError('--node says where --plug plugs memory, and --plug is not given')
  const plug = plugOf(flags)
  return {
    how: online === true ? 'online' : online,
    ...(policy === undefined ? {} : { policy }),
    ...(ratio === undefined ? {} : { ratio: numberOf('--ratio', ratio, 'a percentage, as 301,') }),
    ...(plug === undefined ? {} : { plug }),
  }
}

/** Asks the twin in which zones memory comes online, and prints it. */
async function canComeOnline(
  { choice, topology, build }: StudiedHost,
  { wish, isJson }: { readonly wish: OnlineWish; readonly isJson: boolean },
  context: CliContext,
): Promise<void> {
  const { onlineZones } = await import('@memhp/rehearsal')
  const { machine, assumptions } = await build()
  const blocks = await onlineZones(machine, wish)
  const room = wish.plug === undefined ? undefined : plugRoomOf(topology)
  if (isJson) {
    const online = { wish, blocks, ...(room === undefined ? {} : { room }) }
    context.print(jsonDocument(choice, topology, { online, assumptions }))
    return
  }
  const { renderOnline, renderPlugRoom } = await import('../report/online-report')
  const style = pageStyle(context.paint, context.columns)
  context.print(renderOnline(blocks, { wish, blockBytes: topology.blockBytes, style }))
  if (wish.plug !== undefined && room !== undefined)
    context.print(renderPlugRoom(room, { ...wish.plug, style }))
}

/** What is asked of `--grow-to`. @throws CliError where another flag stands without it, or does not go with it */
function growthOf({ growTo, dimm, online }: CanFlags): GrowthFlags | undefined {
  if (growTo === undefined) {
    if (dimm === undefined) return undefined
    throw new CliError(
      '--dimm says in what size --grow-to plugs memory, and --grow-to is not given',
    )
  }
  if (online !== undefined)
    throw new CliError('--grow-to and --online ask different things: name one of them')
  const mostBytes = parseSize(growTo)
  const dimmBytes = parseSize(dimm ?? '')
  if (mostBytes === undefined) throw wrong('--grow-to', growTo, 'a size, as 64G,')
  if (dimm !== undefined && !dimmBytes) throw wrong('--dimm', dimm, 'a size, as 4G,')
  return { mostBytes, ...(dimmBytes === undefined ? {} : { dimmBytes }) }
}

async function can(choice: SourceChoice, flags: CanFlags, context: CliContext): Promise<void> {
  const wish = onlineWish(flags)
  const growth = growthOf(flags)
  const isJson = flags.json === true
  const pages = flags.pages && wish === undefined && growth === undefined
  const host = await studyMachine({ ...flags, pages }, context, choice)
  if (growth !== undefined) {
    const { growthReport } = await import('../report/growth-report')
    const { text, body } = growthReport(
      host.topology,
      growth,
      pageStyle(context.paint, context.columns),
    )
    context.print(isJson ? jsonDocument(host.choice, host.topology, { growth: body }) : text)
    return
  }
  if (wish !== undefined) {
    await canComeOnline(host, { wish, isJson }, context)
    return
  }
  const { topology } = host
  const outlook = outlookOf(topology)
  const style = pageStyle(context.paint, context.columns)
  context.print(
    isJson
      ? jsonDocument(host.choice, topology, { takenAt: host.takenAt ?? null, outlook })
      : renderOutlook(topology, outlook, style),
  )
  const lines = flags.notes ? topology.notes.map(noteLine) : notesHint(topology.notes)
  if (!isJson) for (const line of lines) context.warn(line)
  if (outlook.most.blocks.length === 0)
    throw new CliError(mostText(topology, outlook), { exitCode: EXIT.refused })
}

const HELP = `
Only reads. As root it counts how the pages of each block are used (/proc/kpageflags), as memhp capture does; without, what
blocks of kernel zones hold is a guess, and said to be one. A prediction is about the moment of the reading.

With --online the twin of the machine is asked instead in which zone each offline block comes online, in the order of their
addresses, each after those before it; with --plug also for memory that is not there yet: whether its struct pages find
room in the kernel zones as they are now, and how much can be added at once.

With --grow-to it is told with which slots and maxmem QEMU is to be started, so that DIMMs bring a machine with this memory
at boot to a size; what addresses QEMU reserves for it, what processor can reach them, and whether struct pages find room; and
which gaps there are between devices that are there, and whether such a DIMM fits into them.

Exit codes: 0 some memory can be expected to go (with --online: the question is answered), 1 nothing can, 2 a flag or the
file is wrong.

Examples:
  memhp can                                     this host, as root
  memhp can host.json.gz --json                 a captured one, as JSON
  memhp can --sysroot ./copy                    a copied /sys and /proc
  memhp can --ssh root@guest                    a machine that ssh reaches; --agent, --libvirt: a guest
  memhp can host.json.gz --online               in which zones offline blocks come online
  memhp can --online online --policy auto-movable --ratio 301
  memhp can host.json.gz --online online_movable --plug 1G --node 1
  memhp can host.json.gz --grow-to 64G --dimm 4G
`

/** `memhp can`. */
export function configure(command: Command, context: () => CliContext): void {
  const group = 'Where memory comes online:'
  const online = [
    new Option(
      '--online [how]',
      'instead: the zone of each offline block, if this is written to it',
    ).choices(ONLINE_TYPES),
    new Option(
      '--policy <name>',
      'under this online_policy; default: as the machine has it',
    ).choices(['contig-zones', 'auto-movable']),
    new Option('--ratio <percent>', 'with this auto_movable_ratio'),
    new Option('--plug <size>', 'of a memory device that is plugged first'),
    new Option('--node <node>', 'the node that it is plugged into; default: 0'),
  ]
  addStudyOptions(
    command
      .argument('[machine]', MACHINE_ARGUMENT)
      .option('--json', 'print JSON')
      .option('--notes', 'say what could not be read, and what follows from that'),
  )
  addRemoteOptions(command)
  for (const option of online) command.addOption(option.helpGroup(group))
  const growth = [
    new Option(
      '--grow-to <size>',
      'instead: with what QEMU (q35) is to be started, to have that much',
    ),
    new Option(
      '--dimm <size>',
      'by DIMMs of this size; default: the smallest for which there are slots',
    ),
  ]
  for (const option of growth) command.addOption(option.helpGroup('How large a guest may become:'))
  command.addHelpText('after', HELP).action(async (path: string | undefined, flags: CanFlags) => {
    await can(chooseMachine(path, flags), flags, context())
  })
}
