import { formatNumberList } from '@memhp/kernel-files'
import { type BlockInfo, resourcesIn, type Topology } from '@memhp/topology'
import type { CliContext } from '../../context'
import { CliError } from '../../errors'
import { blockJson, jsonDocument } from '../../output/json'
import { renderFields } from '../../output/table'
import { stateText, UNKNOWN, yesNo, zoneText } from '../../output/words'
import { readSource } from '../../source/machine-source'
import { formatRange, formatSize } from '../../text/size'
import { onlyName, readOperands, type ShowFlags } from './operands'

type Field = readonly [string, string]

/** Finds a block by its number. @throws CliError where there is none, with those that are there */
export function findBlock(topology: Topology, name: string): BlockInfo {
  const block = topology.blocks.find(({ id }) => `${id}` === name.replace(/^memory/, ''))
  if (block !== undefined) return block
  const ids = formatNumberList(topology.blocks.map((candidate) => candidate.id))
  throw new CliError(`there is no memory block ${name}`, { remedy: `one of ${ids}` })
}

/** The device's name, and of an LMB the name that firmware gives it. */
function deviceText({ device: name }: BlockInfo, { devices }: Topology): string {
  const device = devices.find((candidate) => candidate.name === name)
  const isNamed = device !== undefined && device.drcIndex !== null && device.path !== null
  return isNamed ? `${device.name} (${device.path})` : (name ?? UNKNOWN)
}

function contentsField(block: BlockInfo, topology: Topology): Field[] {
  if (block.contents === null) return []
  const lines = Object.entries(block.contents.counts).map(
    ([name, pages]) => `${name} ${pages} (${formatSize(pages * topology.pageBytes)})`,
  )
  return [['Pages', lines.join('\n')]]
}

function resourcesField(block: BlockInfo, topology: Topology): Field[] {
  if (topology.iomem === null)
    return [['Resources', `${UNKNOWN} (/proc/iomem is hidden or absent)`]]
  const lines = resourcesIn(topology.iomem, block).map(
    ({ resource, within }) =>
      `${'  '.repeat(within.length)}${formatRange(resource)} ${resource.name}`,
  )
  return [['Resources', lines.join('\n') || 'none']]
}

function zonesField({ zones }: BlockInfo, { paint }: CliContext): Field {
  const text = zoneText(zones, paint)
  if (zones.kind === 'candidates') return ['May join', `${text} (the first by default)`]
  return [
    'Zone',
    zones.kind === 'mixed' ? `${text} (not a single one: it cannot go offline)` : text,
  ]
}

function blockFields(block: BlockInfo, topology: Topology, context: CliContext): Field[] {
  return [
    ['Block', `${block.id}`],
    ['Range', formatRange(block)],
    ['Size', formatSize(block.end - block.start)],
    ['State', stateText(block.state, context.paint)],
    zonesField(block, context),
    ['Node', formatNumberList(block.nodes) || UNKNOWN],
    ['Device', deviceText(block, topology)],
    ['Called removable', `${yesNo(block.removable)} (kernels since 5.8 say yes of every block)`],
    ...(block.physDevice ? [['Storage increment', `${block.physDevice}`] as const] : []),
    ...contentsField(block, topology),
    ...resourcesField(block, topology),
  ]
}

/** `memhp show block N`. */
export async function showBlock(
  words: readonly string[],
  flags: ShowFlags,
  context: CliContext,
): Promise<void> {
  const request = readOperands(words, flags, (word) => /^(?:memory)?\d+$/.test(word))
  const name = onlyName(request)
  if (name === undefined) {
    throw new CliError('no block is named', {
      remedy: 'memhp show block 32, or memhp list --blocks for all of them',
    })
  }
  const topology = await readSource(request.choice)
  const block = findBlock(topology, name)
  context.print(
    flags.json
      ? jsonDocument(request.choice, topology, { block: blockJson(block) })
      : renderFields(blockFields(block, topology, context)),
  )
}
