import { type ExplainedTopology, groupBlocks, type Topology } from '@memhp/topology'
import type { Command } from 'commander'
import type { CliContext } from '../context'
import { renderBlocks, renderRanges } from '../output/block-table'
import { blockJson, jsonDocument, rangeJson } from '../output/json'
import { noteLine, notesHint } from '../output/notes'
import { renderFields } from '../output/table'
import {
  addSourceOptions,
  CAPTURE_ARGUMENT,
  chooseSource,
  type SourceChoice,
  type SourceFlags,
} from '../source/choice'
import { readSource } from '../source/machine-source'
import { formatSize } from '../text/size'

interface ListFlags extends SourceFlags {
  readonly blocks?: true
  readonly json?: true
  readonly notes?: true
}

function listJson(choice: SourceChoice, topology: ExplainedTopology, flags: ListFlags): string {
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

function summary({ blockBytes, totals }: Topology): string {
  return renderFields([
    ['Memory block size', formatSize(blockBytes)],
    ['Total online memory', formatSize(totals.onlineBytes)],
    ['Total offline memory', formatSize(totals.offlineBytes)],
    ['Online in Movable', formatSize(totals.movableBytes)],
  ])
}

async function list(choice: SourceChoice, flags: ListFlags, context: CliContext): Promise<void> {
  // The tables have no column for it.
  const topology = await readSource(choice, { removable: flags.json ? 'read' : 'left out' })
  if (flags.json) {
    context.print(listJson(choice, topology, flags))
    return
  }
  const render = flags.blocks ? renderBlocks : renderRanges
  context.print(`${render(topology.blocks, context.paint)}\n${summary(topology)}`)
  const lines = flags.notes ? topology.notes.map(noteLine) : notesHint(topology.notes)
  for (const line of lines) context.warn(line)
}

const HELP = `
A range is a run of blocks that share state, zones, node and device. For an offline block ZONES names what
it may join, the default first; "none" is boot memory of more than one zone, which can never go offline.
`

/** `memhp list`. */
export function configure(command: Command, context: () => CliContext): void {
  addSourceOptions(
    command
      .argument('[capture]', CAPTURE_ARGUMENT)
      .option('--blocks', 'one memory block a line')
      .option('--json', 'print JSON')
      .option('--notes', 'say what could not be read, and what follows from that'),
  )
    .addHelpText('after', HELP)
    .action(async (capture: string | undefined, flags: ListFlags) => {
      await list(chooseSource(capture, flags), flags, context())
    })
}
