import type { BlockId, FileTree } from '@memhp/core'
import { derivePageBytes, type Meminfo } from '@memhp/kernel-files'
import { ARCH_PAGE_SIZES, DIALECTS } from '@memhp/platforms/dialects'
import { basesOf, type Reading } from './bases'
import { readBlockBytes, readBlocks } from './blocks'
import { type Readings, readDevices, withDevices } from './firmware/devices'
import { withHugePages } from './huge-pages'
import { readKernel } from './kernel'
import { LOOKS, type Looks } from './looks'
import { bytesOf, readMeminfo } from './meminfo'
import { type NodeFacts, nodesWithBlocks, readNodes } from './nodes'
import { type PageSizeRule, pageSizeOf } from './page-size'
import { readKernelParameters, readPolicy } from './policy'
import { readFirmwareMap, readIomem } from './resources'
import { openSource } from './source'
import type {
  BlockContents,
  BlockInfo,
  ExplainedTopology,
  NodeInfo,
  Topology,
  TopologyBases,
  Totals,
} from './topology'
import { placeZones, readZones } from './zones'

/** What the caller knows besides the tree. */
export interface ReadTopologyOptions {
  /** Architecture as `uname -m` prints it, where the tree does not say. */
  readonly arch?: string
  /** Kernel release as `uname -r` prints it, where the tree does not say. */
  readonly release?: string
  /** Bytes of a base page, where the caller knows. Default: see `derivePageBytes`. */
  readonly pageBytes?: number
  /** How the pages of a block are used: a capture's page summary. */
  readonly contents?: (block: BlockId) => BlockContents | undefined
  /**
   * `compared`: files of which a kernel would show none without the other are read too, and compared: one more a block. Default
   * `trusted`: a kernel that runs does not contradict itself, a file that was written may.
   */
  readonly consistency?: 'compared' | 'trusted'
  /** `left out`: whether the kernel calls a block removable is not read, and null: one file less a block. Default `read`. */
  readonly removable?: 'read' | 'left out'
  /** `read`: how many pageblocks of each zone are of which migrate type, where root reads it. The kernel looks at each for it. Default `left out`. */
  readonly pageblocks?: 'read' | 'left out'
  /** Of the firmware that the machine may have; default: of all that @memhp/platforms lists. */
  readonly dialects?: Readings | undefined
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0)

/** A counter of all nodes together; undefined where a node does not say. */
function sumOfNodes(
  nodes: readonly NodeInfo[],
  counter: 'memTotalBytes' | 'memFreeBytes',
): number | undefined {
  const values = nodes.flatMap((node) => node[counter] ?? [])
  return values.length === nodes.length && nodes.length > 0
    ? sum(values, (bytes) => bytes)
    : undefined
}

function totalsOf(known: {
  readonly blocks: readonly BlockInfo[]
  readonly blockBytes: number
  readonly nodes: readonly NodeInfo[]
  readonly meminfo: Meminfo
}): Totals {
  const { blocks, blockBytes, nodes, meminfo } = known
  const online = blocks.filter(({ state }) => state === 'online' || state === 'going-offline')
  const movable = online.filter(({ zones }) => zones.kind === 'in' && zones.name === 'Movable')
  return {
    blocks: blocks.length,
    onlineBlocks: online.length,
    onlineBytes: online.length * blockBytes,
    offlineBytes: blocks.filter(({ state }) => state === 'offline').length * blockBytes,
    movableBytes: movable.length * blockBytes,
    memTotalBytes: bytesOf(meminfo, 'MemTotal') ?? sumOfNodes(nodes, 'memTotalBytes') ?? null,
    memFreeBytes: bytesOf(meminfo, 'MemFree') ?? sumOfNodes(nodes, 'memFreeBytes') ?? null,
    memAvailableBytes: bytesOf(meminfo, 'MemAvailable') ?? null,
  }
}

/**
 * Reads a machine's memory out of its file tree: the machine in this process, a capture, a folder,
 * a live host or a guest. Nothing is written. What the tree does not tell is null or empty and has a note.
 *
 * @throws HotplugError NO_SUCH_FILE where the tree has no memory blocks, BAD_NUMBER where the size of a
 * block is not a number, what the tree refuses it with where it cannot be read; whatever the tree throws that is not a `HotplugError`
 */
export async function readTopology(
  tree: FileTree,
  options: ReadTopologyOptions = {},
): Promise<ExplainedTopology> {
  const readings = options.dialects ?? DIALECTS
  const { topology, reading } = await readTree(tree, {
    ...options,
    readings,
    pageSize,
    looks: LOOKS,
  })
  let bases: TopologyBases | undefined
  return {
    ...topology,
    // Of a large host they take long, and few ask.
    get bases(): TopologyBases {
      bases ??= basesOf(topology, reading)
      return bases
    },
  }
}

/** Architectures with several sizes are told by what files count; see `derivePageBytes`. */
const pageSize: PageSizeRule = (evidence, arch) =>
  derivePageBytes({ ...evidence, archPageBytes: ARCH_PAGE_SIZES.get(arch ?? '') })

/** What a topology is read by. */
export interface TopologyRules extends Omit<ReadTopologyOptions, 'dialects'> {
  /** Of the firmware that the machine may have. */
  readonly readings: Readings
  readonly pageSize: PageSizeRule
  /** What is looked at beside: contradictions, and `pageblocks` where they are asked for. Default: nothing. */
  readonly looks?: Looks | undefined
}

/** The same by these rules, and without what the facts rest on: who names rules loads no others. */
export const readTopologyBy = async (tree: FileTree, rules: TopologyRules): Promise<Topology> =>
  (await readTree(tree, rules)).topology

async function readTree(
  tree: FileTree,
  options: TopologyRules,
): Promise<{ readonly topology: Topology; readonly reading: Reading }> {
  const source = openSource(tree)
  const { readings, looks, consistency = 'trusted' } = options
  const kernel = await readKernel(source, options)
  const blockBytes = await readBlockBytes(tree)
  const nodeFacts: NodeFacts = await readNodes(source)
  const { blocks: bareBlocks, stateByOnline } = await readBlocks(source, {
    blockBytes,
    linkedBlocks: new Map(nodeFacts.nodes.map(({ id, blocks }) => [id, blocks])),
    contents: options.contents ?? (() => undefined),
    consistency,
    removable: options.removable ?? 'read',
  })
  const devices = await readDevices(source, bareBlocks, readings)
  const blocks = withDevices(bareBlocks, devices)
  const { nodes: bareNodes, possible } = nodesWithBlocks(source, nodeFacts, blocks)
  const nodes = await withHugePages(source, bareNodes)
  const pageTypes = options.pageblocks === 'read' ? await looks?.pageTypes(tree) : undefined
  const zoneFacts = await readZones(source, pageTypes)
  const meminfo = await readMeminfo(source, {
    path: '/proc/meminfo',
    meaning: 'The machine’s free memory is unknown.',
  })
  const totals = totalsOf({ blocks, blockBytes, nodes, meminfo })
  const page = pageSizeOf(source, {
    givenBytes: options.pageBytes,
    rule: options.pageSize,
    arch: kernel.arch,
    nodes,
    zones: zoneFacts.zones,
    totals,
  })
  const zones = placeZones(zoneFacts, page.bytes)
  looks?.contradictions(source, { meminfo, nodes, zones }, consistency === 'compared')
  const kernelParameters = await readKernelParameters(source, readings)
  const topology = {
    arch: kernel.arch,
    release: kernel.release,
    pageBytes: page.bytes,
    pageBytesFrom: page.from,
    blockBytes,
    policy: await readPolicy(source),
    kernelParameters: kernelParameters ?? [],
    nodes,
    possibleNodes: possible,
    blocks,
    devices,
    zones,
    iomem: await readIomem(source),
    firmwareMap: await readFirmwareMap(source),
    totals,
    notes: source.notes(),
  }
  const reading = { kernel, given: options, nodes: nodeFacts, bareBlocks, stateByOnline, meminfo }
  return { topology, reading: { ...reading, kernelParameters } }
}
