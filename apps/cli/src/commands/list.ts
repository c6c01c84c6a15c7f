import { formatNumberList } from '@memhp/kernel-files'
import { type ExplainedTopology, groupBlocks, readTopology, type Topology } from '@memhp/topology'
import type { Command } from 'commander'
import { addRemoteOptions, type RemoteFlags } from '../apply/open-target'
import { readMachine } from '../apply/study-machine'
import type { CliContext } from '../context'
import { CliError } from '../errors'
import { addLsmemOptions, type LsmemFlags, lsmemWish, speaksLsmem } from '../lsmem/flags'
import type { LsmemWish } from '../lsmem/list-as-lsmem'
import { renderBlocks, renderRanges } from '../output/block-table'
import { blockJson, jsonDocument, rangeJson } from '../output/json'
import { noteLine, notesHint } from '../output/notes'
import { renderFields } from '../output/table'
import {
  addSourceOptions,
  CAPTURE_ARGUMENT,
  chooseSource,
  type NamedSource,
  type SourceChoice,
  type SourceFlags,
} from '../source/choice'
import { formatSize } from '../text/size'

interface ListFlags extends SourceFlags, RemoteFlags, LsmemFlags {
  readonly blocks?: true
  readonly notes?: true
}

function listJson(choice: NamedSource, topology: ExplainedTopology, flags: ListFlags): string {
  const { blocks, totals, policy } = topology
  if (flags.blocks) {
    return jsonDocument(choice, topology, { totals, policy, blocks: blocks.map(blockJson) })
  }
  return jsonDocument(choice, topology, {
    totals,
    policy,
    ranges: groupBlocks(blocks).map(rangeJson),
  })
}

/** Only where there is some: how much, and in which blocks where page flags tell. */
function corruptedField({ blocks, totals }: Topology): [string, string][] {
  const bytes = totals.hardwareCorruptedBytes ?? 0
  const poisoned = blocks.filter(({ contents }) => (contents?.counts.poisoned ?? 0) > 0)
  const ids = poisoned.map(({ id }) => id)
  if (bytes === 0 && ids.length === 0) return []
  const size = bytes === 0 ? [] : [formatSize(bytes)]
  const where = ids.length === 0 ? [] : [`memory${formatNumberList(ids)}`]
  return [['With hardware errors', [...size, ...where].join(' in ')]]
}

function summary(topology: Topology): string {
  const { blockBytes, totals } = topology
  return renderFields([
    ['Memory block size', formatSize(blockBytes)],
    ['Total online memory', formatSize(totals.onlineBytes)],
    ['Total offline memory', formatSize(totals.offlineBytes)],
    ['Online in Movable', formatSize(totals.movableBytes)],
    ...corruptedField(topology),
  ])
}

async function list(choice: SourceChoice, flags: ListFlags, context: CliContext): Promise<void> {
  // The tables have no column for it.
  const removable = flags.json ? 'read' : 'left out'
  const { topology, source } = await readMachine(
    choice,
    flags,
    context,
    async ({ tree, known }, from) => ({
      topology: await readTopology(tree, { ...known, removable }),
      source: from,
    }),
  )
  if (flags.json) {
    context.print(listJson(source, topology, flags))
    return
  }
  const render = flags.blocks ? renderBlocks : renderRanges
  context.print(`${render(topology.blocks, context.paint)}\n${summary(topology)}`)
  const lines = flags.notes ? topology.notes.map(noteLine) : notesHint(topology.notes)
  for (const line of lines) context.warn(line)
}

/** Lists as lsmem does. */
async function listBy(
  choice: SourceChoice,
  { wish, flags }: { readonly wish: LsmemWish; readonly flags: RemoteFlags },
  context: CliContext,
): Promise<void> {
  const { listAsLsmem } = await import('../lsmem/list-as-lsmem')
  context.print(
    await readMachine(choice, flags, context, async ({ tree, known }) =>
      listAsLsmem(tree, wish, async () => readTopology(tree, known)),
    ),
  )
}

/** @throws CliError for a flag of this listing beside those of lsmem */
function refuseOwn(flags: ListFlags): void {
  if (flags.blocks)
    throw new CliError('--blocks is not a flag of lsmem, of which another is given', {
      remedy: '--all lists one block a line there',
    })
  if (flags.notes) throw new CliError('--notes is not a flag of lsmem, of which another is given')
}

const HELP = `
A range is a run of blocks that share state, zones, node and device. For an offline block ZONES names what
it may join, the default first; "none" is boot memory of more than one zone, which can never go offline.

With any of lsmem's flags the listing is lsmem's, text for text as util-linux 2.42 prints it into a pipe, or as the version that
--like names; --json, too. Without --like there are three columns more: DEVICE, HOLDS (what a block's pages are used for; as
root memhp can counts them) and EXPECTED (whether it goes). Only the files that the columns need are read.

Examples:
  memhp list                                    this host
  memhp list --like 2.38                        as lsmem of Debian 12
  memhp list --like 2.42 -o +NODE,ZONES --json host.json.gz
  memhp list -a -b -r -n -o BLOCK,STATE         for scripts
  memhp list -o BLOCK,SIZE,DEVICE,EXPECTED      what can be expected to go
  memhp list --ssh root@guest                   a machine that ssh reaches; --agent, --libvirt: a guest
`

/** `memhp list`. */
export function configure(command: Command, context: () => CliContext): void {
  addSourceOptions(
    command
      .argument('[capture]', CAPTURE_ARGUMENT)
      .option('--blocks', 'one memory block a line')
      .option('-J, --json', 'print JSON')
      .option('--notes', 'say what could not be read, and what follows from that'),
    { sysroot: '-s, --sysroot <dir>' },
  )
  addRemoteOptions(command)
  const shown = addLsmemOptions(command)
  command
    .addHelpText('after', HELP)
    .action(async (capture: string | undefined, flags: ListFlags) => {
      const choice = chooseSource(capture, flags)
      if (!speaksLsmem(flags)) {
        await list(choice, flags, context())
        return
      }
      refuseOwn(flags)
      await listBy(choice, { wish: lsmemWish(flags, shown()), flags }, context())
    })
}
