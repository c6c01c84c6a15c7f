import type { BlockId, FileTree } from '@memhp/core'
import type { Meminfo, ZoneText } from '@memhp/kernel-files'
import { readBlockBytes, readBlocks } from './blocks'
import { bytesOf, readMeminfo } from './meminfo'
import { type NodeFacts, nodesWithBlocks, readNodes } from './nodes'
import { type PageSizeRule, pageSizeOf } from './page-size'
import { readFirmwareMap, readIomem } from './resources'
import { openSource, type Source } from './source'
import type { BareBlock, BareNode, BareTopology, BareTotals, BlockContents } from './topology'
import { placeZones, readZones } from './zones'

/** What the caller knows besides the tree. */
export interface TopologyKnowledge {
  /** Architecture as `uname -m` prints it, where the tree does not say. */
  readonly arch?: string
  /** Kernel release as `uname -r` prints it, where the tree does not say. */
  readonly release?: string
  /** Bytes of a base page, where the caller knows. Default: see `derivePageBytes`. */
  readonly pageBytes?: number
  /** How the pages of a block are used: a capture's page summary. */
  readonly contents?: (block: BlockId) => BlockContents | undefined
  /** `left out`: whether the kernel calls a block removable is not read, and null: one file less a block. Default `read`. */
  readonly removable?: 'read' | 'left out'
}

/** What is looked at beside the facts that everything rests on: a program that has no use for it does not bring it. */
export interface Looks {
  /** Notes what cannot all be true, of files that are compared with each other. */
  contradictions(source: Source, reading: BareReading): Promise<void>
}

/** What a topology is read by. */
export interface TopologyRules extends TopologyKnowledge {
  readonly pageSize: PageSizeRule
  /** What is looked for beside: files that contradict each other. Default: nothing. */
  readonly looks?: Looks | undefined
}

/** The sum of what each node tells; undefined where one does not say. */
export function sumOfNodes(
  nodes: readonly BareNode[],
  counter: 'memTotalBytes' | 'memFreeBytes',
): number | undefined {
  const values = nodes.flatMap((node) => node[counter] ?? [])
  return values.length === nodes.length && nodes.length > 0
    ? values.reduce((sum, bytes) => sum + bytes, 0)
    : undefined
}

/** Blocks with memory in use. */
export const onlineBlocks = (blocks: readonly BareBlock[]): readonly BareBlock[] =>
  blocks.filter(({ state }) => state === 'online' || state === 'going-offline')

/** What was read, and how, where the facts alone do not say. */
export interface BareReading {
  readonly topology: BareTopology
  /** The nodes by their directories alone. */
  readonly nodes: NodeFacts
  /** What stands in the directory of blocks. */
  readonly names: readonly string[]
  /** Blocks whose state is what `online` reads. */
  readonly stateByOnline: ReadonlySet<number>
  readonly meminfo: Meminfo
  readonly zoneTexts: readonly ZoneText[]
}

/**
 * Reads what a machine like it is made of, without devices and without asking which kernel runs: who names rules loads no others.
 * @throws HotplugError what `readTopology` throws
 */
export async function readTopologyBy(tree: FileTree, rules: TopologyRules): Promise<BareTopology> {
  const source = openSource(tree)
  const { arch = null, release = null } = rules
  const reading = await readBare(source, tree, { ...rules, kernel: { arch, release } })
  await rules.looks?.contradictions(source, reading)
  return { ...reading.topology, notes: source.notes() }
}

/** The same from a source that is open. Its notes are not all yet where more is read. */
export async function readBare(
  source: Source,
  tree: FileTree,
  options: TopologyRules & { readonly kernel: Pick<BareTopology, 'arch' | 'release'> },
): Promise<BareReading> {
  const { kernel } = options
  const blockBytes = await readBlockBytes(tree)
  const nodeFacts = await readNodes(source)
  const { blocks, names, stateByOnline } = await readBlocks(source, {
    blockBytes,
    linkedBlocks: new Map(nodeFacts.nodes.map(({ id, blocks }) => [id, blocks])),
    contents: options.contents ?? (() => undefined),
    removable: options.removable ?? 'read',
  })
  const { nodes, possible } = nodesWithBlocks(nodeFacts, blocks)
  const zoneTexts = await readZones(source)
  const meminfo = await readMeminfo(source, {
    path: '/proc/meminfo',
    meaning: 'The machine’s free memory is unknown.',
  })
  const totals: BareTotals = {
    onlineBytes: onlineBlocks(blocks).length * blockBytes,
    memTotalBytes: bytesOf(meminfo, 'MemTotal') ?? sumOfNodes(nodes, 'memTotalBytes') ?? null,
  }
  const page = pageSizeOf(source, {
    givenBytes: options.pageBytes,
    rule: options.pageSize,
    arch: kernel.arch,
    files: { nodes, zones: zoneTexts, totals },
  })
  const topology = {
    ...kernel,
    pageBytes: page.bytes,
    pageBytesFrom: page.from,
    blockBytes,
    nodes,
    possibleNodes: possible,
    blocks,
    zones: placeZones(zoneTexts, page.bytes),
    iomem: await readIomem(source),
    firmwareMap: await readFirmwareMap(source),
    totals,
    notes: source.notes(),
  }
  return { topology, nodes: nodeFacts, names, stateByOnline, meminfo, zoneTexts }
}
