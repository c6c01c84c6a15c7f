import { blockId, nodeId, physAddr } from '../address/brand'
import { rangeSize } from '../address/range'
import { addBlock, blockRange } from '../block/block-table'
import { adjustManagedPages, adjustPresentPages } from '../hotplug/accounting'
import { nodeOf } from '../node/node-table'
import { attachRange, handOverRange, undoIsolation } from '../page/online-range'
import { addOnlineRange, growSpans } from '../zone/zone-span'
import { zoneKey, zoneOf } from '../zone/zone-table'
import type { BootBlockFacts } from './description'
import type { Machine } from './machine'

/**
 * Blocks that were hot-added before the capture: they come into being as they were, without a uevent, a notifier or
 * a log line. Adjacent ones of a node are mapped as one range, as one device would have been.
 */
export function bootLateBlocks(machine: Machine): void {
  const late = (machine.description.blocks ?? [])
    .filter((block) => !block.early)
    .sort((a, b) => a.id - b.id)
  for (const range of adjacentRanges(late)) mapRange(machine, range)
  for (const facts of late) addLateBlock(machine, facts)
  for (const facts of late) if (facts.state === 'online') onlineLateBlock(machine, facts)
}

interface BlockRun {
  readonly start: number
  end: number
  readonly node: number
}

function adjacentRanges(blocks: readonly BootBlockFacts[]): BlockRun[] {
  const runs: BlockRun[] = []
  for (const block of blocks) {
    const node = block.nodes[0] ?? 0
    const last = runs.at(-1)
    if (last !== undefined && last.end === block.id && last.node === node) last.end = block.id + 1
    else runs.push({ start: block.id, end: block.id + 1, node })
  }
  return runs
}

function mapRange(machine: Machine, run: BlockRun): void {
  const { blockBytes } = machine.geometry
  machine.arch.addMemory(machine, {
    range: { start: physAddr(run.start * blockBytes), end: physAddr(run.end * blockBytes) },
    nodeId: nodeId(run.node),
    selfHostedMemmap: false,
  })
}

function addLateBlock(machine: Machine, facts: BootBlockFacts): void {
  addBlock(machine, {
    id: blockId(facts.id),
    nodeId: nodeId(facts.nodes[0] ?? 0),
    extraNodes: [],
    state: 'offline',
    zone: null,
    pendingType: 'offline',
    groupId: null,
    selfHostedPages: 0,
    firmwareNode: null,
    early: false,
  })
}

function onlineLateBlock(machine: Machine, facts: BootBlockFacts): void {
  const id = blockId(facts.id)
  const zone = zoneOf(machine, zoneKey(nodeId(facts.nodes[0] ?? 0), facts.zone ?? 'Normal'))
  const range = blockRange(machine, id)
  growSpans(nodeOf(machine, zone.nodeId), zone, range)
  attachRange(machine, { zone, range, selfHostedPages: 0 })
  handOverRange(machine, { zone, range })
  addOnlineRange(zone, range)
  adjustManagedPages(machine, { zone, pages: rangeSize(range) })
  adjustPresentPages(machine, { zone, pages: rangeSize(range), early: false, groupId: null })
  undoIsolation(machine, { zone, range })
  const block = machine.state.memory.blocks.touched.get(id)
  if (block === undefined) return
  block.state = 'online'
  block.zone = zone.key
}
