import { blockId, nodeId, physAddr } from '../address/brand'
import { rangeSize } from '../address/range'
import { addBlock, addedBlock, blockRange } from '../block/block-table'
import { isHotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { adjustManagedPages, adjustPresentPages } from '../hotplug/accounting'
import { mapMemory } from '../hotplug/map-memory'
import { attachRange, handOverRange, undoIsolation } from '../isolation/online-range'
import { codeOf } from '../machine/kernel-code'
import { matchDirectMapCounters } from '../mapping/boot-mapping'
import type { BootBlockFacts } from '../model/description'
import type { Machine } from '../model/machine'
import type { Resource } from '../model/resource'
import { nodeOf } from '../node/node-table'
import { refuseDescription } from '../shape/refuse-description'
import { addOnlineRange, growSpans } from '../zone/zone-span'
import { zoneKey, zoneOf } from '../zone/zone-table'
import { forgetCountedMemmap } from './boot-free'

/**
 * Blocks that were hot-added before the capture: they come into being as they were, without a uevent, a notifier or
 * a log line. What /proc/iomem shows as one range was added, and is mapped, as one.
 * @throws HotplugError BAD_DESCRIPTION where the kernel has no memory left for their tables and struct pages
 */
export function bootLateBlocks(machine: Machine): void {
  const late = (machine.description.blocks ?? [])
    .filter((block) => !block.early)
    .sort((a, b) => a.id - b.id)
  forgetCountedMemmap(machine, late)
  for (const range of addedRanges(machine, late)) mapRange(machine, range)
  matchDirectMapCounters(machine)
  for (const { id, nodes } of late)
    addBlock(machine, addedBlock(blockId(id), nodeId(nodes[0] ?? 0)))
  const joinsAtOnce = machine.generation.rules.zones.joins === 'added'
  for (const facts of late) {
    if (facts.state === 'online') onlineLateBlock(machine, facts)
    else if (joinsAtOnce) {
      const range = blockRange(machine, blockId(facts.id))
      codeOf(machine).joinZone(machine, { range, nodeId: nodeId(facts.nodes[0] ?? 0) })
    }
  }
}

interface BlockRun {
  readonly start: number
  end: number
  readonly node: number
}

function addedRanges(machine: Machine, blocks: readonly BootBlockFacts[]): BlockRun[] {
  const { blockBytes } = machine.geometry
  const runs: BlockRun[] = []
  for (const block of blocks) {
    const node = block.nodes[0] ?? 0
    const last = runs.at(-1)
    const begins = resourceStarts(machine, block.id * blockBytes)
    if (last !== undefined && last.end === block.id && last.node === node && !begins) {
      last.end = block.id + 1
    } else runs.push({ start: block.id, end: block.id + 1, node })
  }
  return runs
}

/** True if an entry of the iomem tree begins at this address. */
function resourceStarts(machine: Machine, address: number): boolean {
  const begins = (resource: Resource): boolean =>
    resource.start === address || (resource.end > address && resource.children.some(begins))
  return machine.state.memory.resources.children.some(begins)
}

function mapRange(machine: Machine, run: BlockRun): void {
  const { blockBytes } = machine.geometry
  const range = { start: physAddr(run.start * blockBytes), end: physAddr(run.end * blockBytes) }
  try {
    mapMemory(machine, { range, nodeId: nodeId(run.node), selfHostedMemmap: false })
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const what = `memory${run.start}${run.end - run.start > 1 ? ` to memory${run.end - 1}` : ''}`
    refuseDescription('blocks', `${what} cannot be mapped as hot-added memory: ${error.message}`)
  }
}

function onlineLateBlock(machine: Machine, facts: BootBlockFacts): void {
  const id = blockId(facts.id)
  invariant(facts.zone !== null, `memory${facts.id} was checked to have a zone.`)
  const zone = zoneOf(machine, zoneKey(nodeId(facts.nodes[0] ?? 0), facts.zone))
  const range = blockRange(machine, id)
  growSpans(nodeOf(machine, zone.nodeId), zone, range)
  attachRange(machine, { zone, range, selfHostedPages: 0 })
  handOverRange(machine, { zone, range })
  const withheld = facts.use?.withheld ?? machine.subsystems.withholding?.take(machine, range) ?? 0
  addOnlineRange(zone, range)
  if (machine.generation.rules.allocator.onlined === 'first') zone.free.onlined.push(range.start)
  adjustManagedPages(machine, { zone, pages: rangeSize(range) - withheld })
  adjustPresentPages(machine, { zone, pages: rangeSize(range), early: false, groupId: null })
  undoIsolation(machine, { zone, range })
  const block = machine.state.memory.blocks.separated.get(id)
  invariant(block, `memory${id} was added.`)
  block.state = 'online'
  block.zone = zone.key
  block.withheldPages = withheld
}
