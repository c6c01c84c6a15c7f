import { formatNumberList } from '@memhp/kernel-files'
import type { NodeInfo, Topology } from '@memhp/topology'
import type { CliContext } from '../../context'
import { CliError } from '../../errors'
import { renderRanges } from '../../output/block-table'
import { jsonDocument } from '../../output/json'
import { renderFields, renderTable } from '../../output/table'
import { UNKNOWN, yesNo } from '../../output/words'
import { renderZones } from '../../output/zone-table'
import { readSource } from '../../source/machine-source'
import { formatSize } from '../../text/size'
import { onlyName, readOperands, type ShowFlags } from './operands'

const sizeText = (bytes: number | null): string => (bytes === null ? UNKNOWN : formatSize(bytes))

const cpusText = ({ cpus }: NodeInfo): string =>
  cpus === null ? UNKNOWN : formatNumberList(cpus) || 'none'

const distancesText = ({ distances }: NodeInfo): string =>
  distances.map(({ to, distance }) => `${to}:${distance}`).join(' ') || UNKNOWN

/** A table of nodes, one a line. */
function renderNodes(nodes: readonly NodeInfo[], { columns }: CliContext): string {
  return renderTable(
    [
      { heading: 'NODE', align: 'right' },
      { heading: 'ONLINE' },
      { heading: 'CPUS' },
      { heading: 'TOTAL', align: 'right' },
      { heading: 'FREE', align: 'right' },
      { heading: 'BLOCKS' },
      { heading: 'DISTANCES', wraps: true },
    ],
    nodes.map((node) => [
      `${node.id}`,
      yesNo(node.online),
      cpusText(node),
      sizeText(node.memTotalBytes),
      sizeText(node.memFreeBytes),
      formatNumberList(node.blocks) || 'none',
      distancesText(node),
    ]),
    columns,
  )
}

/** Only where there are some. */
const failuresField = ({ pageFailures = 0 }: NodeInfo): [string, string][] =>
  pageFailures === 0 ? [] : [['Pages that failed', `${pageFailures}`]]

function renderNode(node: NodeInfo, topology: Topology, context: CliContext): string {
  const fields = renderFields([
    ['Node', `${node.id}`],
    ['Online', yesNo(node.online)],
    ['CPUs', cpusText(node)],
    ['Has memory', yesNo(node.hasMemory)],
    ['Has kernel memory', yesNo(node.hasNormalMemory)],
    ['MemTotal', sizeText(node.memTotalBytes)],
    ['MemFree', sizeText(node.memFreeBytes)],
    ['Distances', distancesText(node)],
    ...failuresField(node),
  ])
  const zones = topology.zones.filter((zone) => zone.node === node.id)
  const blocks = topology.blocks.filter((block) => block.nodes.includes(node.id))
  return [
    fields,
    ...(zones.length === 0 ? [] : [renderZones(zones, topology.pageBytes)]),
    ...(blocks.length === 0 ? [] : [renderRanges(blocks, context.paint)]),
  ].join('\n')
}

/** `memhp show node [N]`. */
export async function showNode(
  words: readonly string[],
  flags: ShowFlags,
  context: CliContext,
): Promise<void> {
  const request = readOperands(words, flags, (word) => /^(?:node)?\d+$/.test(word))
  const name = onlyName(request)
  const topology = await readSource(request.choice)
  if (topology.nodes.length === 0) {
    throw new CliError('no NUMA nodes are shown, and no memory block names one')
  }
  if (name === undefined) {
    const { nodes } = topology
    context.print(
      flags.json ? jsonDocument(request.choice, topology, { nodes }) : renderNodes(nodes, context),
    )
    return
  }
  const node = topology.nodes.find(({ id }) => `${id}` === name.replace(/^node/, ''))
  if (node === undefined) {
    const ids = formatNumberList(topology.nodes.map(({ id }) => id))
    throw new CliError(`there is no node ${name}`, { remedy: `one of ${ids}` })
  }
  const zones = topology.zones.filter((zone) => zone.node === node.id)
  context.print(
    flags.json
      ? jsonDocument(request.choice, topology, { node, zones })
      : renderNode(node, topology, context),
  )
}
