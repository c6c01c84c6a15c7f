import { KIB } from '@memhp/core'
import { formatNumberList, NODE_DIRECTORY, nodeDirectory, parseZoneinfo } from '@memhp/kernel-files'
import type { GatheredBlock, Read } from './block-facts'
import { type Gathering, placeOf } from './gathering'
import type { NumactlNode } from './node-report'

/** Nodes that texts tell of, and writes their files. */
export function gatherNodes(
  gathering: Gathering,
  sources: {
    readonly numactl: readonly Read<readonly NumactlNode[]>[]
    readonly blocks: readonly GatheredBlock[]
  },
): void {
  const { files } = gathering
  const [numactl] = sources.numactl
  const listed = numactl?.value.map(({ id }) => id) ?? []
  const zones = files['/proc/zoneinfo'] === undefined ? [] : parseZoneinfo(files['/proc/zoneinfo'])
  const ofBlocks = sources.blocks.flatMap(({ node }) => node ?? [])
  const derived = [...new Set([...zones.map(({ node }) => node), ...ofBlocks])]
  const nodes = (listed.length > 0 ? [...listed] : derived).sort((a, b) => a - b)
  if (nodes.length === 0) {
    gathering.say('nodes', 'unknown', 'numactl -H, /proc/zoneinfo or lsmem with NODE would tell')
    return
  }
  if (numactl !== undefined) {
    gathering.say('nodes', 'known', numactl.report.name)
    const strange = sources.blocks.find(({ node }) => node !== undefined && !listed.includes(node))
    if (strange !== undefined)
      gathering.contradict(
        `memory${strange.id} is of node ${strange.node} by ${strange.place}, which ${placeOf(numactl.report)} does not have`,
      )
  } else gathering.say('nodes', 'derived', 'nodes of blocks and of /proc/zoneinfo')
  files[`${NODE_DIRECTORY}/online`] ??= `${formatNumberList(nodes)}\n`
  for (const node of numactl?.value ?? []) writeNode(gathering, node)
  if (numactl === undefined)
    gathering.say('CPUs and distances of nodes', 'unknown', 'numactl -H would tell')
  else gathering.say('CPUs and distances of nodes', 'known', numactl.report.name)
}

function writeNode({ files }: Gathering, node: NumactlNode): void {
  const { id, cpus, sizeMib, freeMib, distances } = node
  const directory = nodeDirectory(id)
  files[`${directory}/cpulist`] ??= `${formatNumberList(cpus)}\n`
  if (distances !== undefined) files[`${directory}/distance`] ??= `${distances.join(' ')}\n`
  if (sizeMib === undefined || freeMib === undefined) return
  // numactl rounds down to MiB: that is near enough for what a node's own file would say.
  files[`${directory}/meminfo`] ??= [
    `Node ${id} MemTotal: ${sizeMib * KIB} kB\n`,
    `Node ${id} MemFree: ${freeMib * KIB} kB\n`,
  ].join('')
}
