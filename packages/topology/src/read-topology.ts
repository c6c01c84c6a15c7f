import type { BlockId, FileTree } from '@memhp/core'
import { derivePageBytes, type Meminfo, type PageSize } from '@memhp/kernel-files'
import { readBlockBytes, readBlocks } from './blocks'
import { readDevices, withDevices } from './firmware/devices'
import { bytesOf, readMeminfo } from './meminfo'
import { type NodeFacts, readNodes } from './nodes'
import { readKernelParameters, readPolicy } from './policy'
import { readFirmwareMap, readIomem } from './resources'
import { openSource, type Source } from './source'
import type { BlockContents, BlockInfo, NodeInfo, Topology, Totals } from './topology'
import { placeZones, readZones, type ZoneFacts } from './zones'

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

function pageSizeOf(
  source: Source,
  known: {
    readonly options: ReadTopologyOptions
    readonly zones: ZoneFacts
    readonly totals: Totals
  },
): PageSize {
  const size = derivePageBytes({
    givenBytes: known.options.pageBytes,
    managedPages: sum(known.zones.zones, ({ counters }) => counters.get('managed') ?? 0),
    presentPages: sum(known.zones.zones, ({ counters }) => counters.get('present') ?? 0),
    memTotalBytes: known.totals.memTotalBytes ?? undefined,
    onlineBytes: known.totals.onlineBytes,
  })
  if (size.from === 'assumed') {
    const message = `Nothing tells the size of a page: ${size.bytes} bytes are assumed.`
    source.note('assumed', { path: '/proc/zoneinfo', message })
  }
  return size
}

/** The nodes with the blocks that name them, where their own directories list none. */
function nodesWithBlocks(
  nodes: readonly NodeInfo[],
  blocks: readonly BlockInfo[],
): readonly NodeInfo[] {
  if (nodes.some((node) => node.blocks.length > 0)) return nodes
  return nodes.map((node) => ({
    ...node,
    blocks: blocks.filter((block) => block.nodes.includes(node.id)).map(({ id }) => id),
  }))
}

/** What runs. `/proc/sys/kernel/arch` is there since Linux 6.1. */
async function readKernel(
  source: Source,
  known: Pick<ReadTopologyOptions, 'arch' | 'release'>,
): Promise<Pick<Topology, 'arch' | 'release'>> {
  const read = async (path: string): Promise<string | undefined> =>
    (await source.optionalText(path, 'The kernel is unknown.'))?.trim()
  const version = /^Linux version (\S+)/.exec((await read('/proc/version')) ?? '')?.[1]
  return {
    arch: known.arch ?? (await read('/proc/sys/kernel/arch')) ?? null,
    release: known.release ?? version ?? (await read('/proc/sys/kernel/osrelease')) ?? null,
  }
}

/**
 * Reads a machine's memory out of its file tree: the machine in this process, a capture, a folder,
 * a live host or a guest. Nothing is written. What the tree does not tell is null or empty and has a note.
 *
 * @throws HotplugError NO_SUCH_FILE where the tree has no memory blocks, BAD_NUMBER where the size of a
 * block is not a number; whatever the tree throws that is not a `HotplugError`
 */
export async function readTopology(
  tree: FileTree,
  options: ReadTopologyOptions = {},
): Promise<Topology> {
  const source = openSource(tree)
  const blockBytes = await readBlockBytes(source)
  const nodeFacts: NodeFacts = await readNodes(source)
  const bareBlocks = await readBlocks(source, {
    blockBytes,
    nodes: nodeFacts.nodes,
    contents: options.contents ?? (() => undefined),
  })
  const devices = await readDevices(source, bareBlocks)
  const blocks = withDevices(bareBlocks, devices)
  const zoneFacts = await readZones(source)
  const meminfo = await readMeminfo(source, {
    path: '/proc/meminfo',
    meaning: 'The machine’s free memory is unknown.',
  })
  const { nodes } = nodeFacts
  const totals = totalsOf({ blocks, blockBytes, nodes, meminfo })
  const page = pageSizeOf(source, { options, zones: zoneFacts, totals })
  return {
    ...(await readKernel(source, options)),
    pageBytes: page.bytes,
    pageBytesFrom: page.from,
    blockBytes,
    policy: await readPolicy(source),
    kernelParameters: await readKernelParameters(source),
    nodes: nodesWithBlocks(nodes, blocks),
    possibleNodes: nodeFacts.possible,
    blocks,
    devices,
    zones: placeZones(zoneFacts, page.bytes),
    iomem: await readIomem(source),
    firmwareMap: await readFirmwareMap(source),
    totals,
    notes: source.notes(),
  }
}
