import { blockId, type NodeId, nodeId, sectionNr } from '../address/brand'
import { insertInterval } from '../address/interval-set'
import { writableBlock } from '../block/block-table'
import type { Machine } from '../model/machine'
import type { Zone } from '../model/zone'
import { presentPages } from '../node/node-table'
import { writableSection } from '../section/section-table'
import { updateNodeSpan } from '../zone/zone-span'
import { servesKernel, zoneKey, zoneOf } from '../zone/zone-table'

/** Gives each boot zone its span and its counts: what the capture says, else what boot memory adds up to. */
export function bootZones(machine: Machine): void {
  const { memory } = machine.state
  for (const extent of memory.sections.bootExtents) {
    const zone = zoneOf(machine, extent.zone)
    const pages = extent.endPfn - extent.startPfn
    insertInterval(zone.online, { start: extent.startPfn, end: extent.endPfn })
    const end = Math.max(zone.startPfn + zone.spannedPages, extent.endPfn)
    if (zone.presentPages === 0) zone.startPfn = extent.startPfn
    zone.spannedPages = end - zone.startPfn
    zone.isInitialised = true
    zone.presentPages += pages
    zone.presentEarlyPages += pages
  }
  for (const zone of memory.zones.values()) zone.managedPages = zone.presentPages
  reserveForKernel(machine)
}

/** Pages that the kernel image and its early allocations take on the first node, where no capture says better. */
const KERNEL_IMAGE_BYTES = 24 * 2 ** 20

/**
 * Without a capture: boot memory for the memmap is reserved on each node, and the kernel image on the first. Use is placed
 * section by section: a node whose memory is all in a section of another node gets what is placed for that one there.
 */
function reserveForKernel(machine: Machine): void {
  const { geometry, arch } = machine
  const placed = new Set(machine.state.memory.sections.runs.map(({ nodeId: id }) => id))
  let image = KERNEL_IMAGE_BYTES / geometry.pageBytes
  for (const node of machine.state.memory.nodes.values()) {
    const present = node.zones.reduce((sum, zone) => sum + zone.presentPages, 0)
    if (present === 0 || !placed.has(node.id)) continue
    let reserved = Math.ceil((present * arch.geometry.structPageBytes) / geometry.pageBytes) + image
    image = 0
    for (const zone of node.zones.filter(servesKernel)) {
      const taken = Math.min(reserved, Math.floor(zone.presentPages / 2))
      zone.managedPages -= taken
      reserved -= taken
    }
  }
}

/** Overwrites counts with captured ones, and computes what follows from them. */
export function applyZoneFacts(machine: Machine): void {
  const { memory } = machine.state
  for (const facts of machine.description.zones ?? []) {
    const zone = memory.zones.get(zoneKey(nodeId(facts.node), facts.zone))
    if (zone === undefined) continue
    // Pages that are present now but were not at boot stay out of the early count.
    const late = zone.presentPages - zone.presentEarlyPages
    zone.startPfn = facts.spannedPages === 0 ? 0 : facts.startPfn
    zone.spannedPages = facts.spannedPages
    zone.presentPages = facts.presentPages
    zone.presentEarlyPages = Math.max(0, facts.presentPages - late)
    zone.managedPages = facts.managedPages
    zone.cmaPages = facts.cmaPages ?? 0
  }
  memory.totalManagedPages = 0
  for (const zone of memory.zones.values()) {
    memory.totalManagedPages += zone.managedPages
    zone.isInitialised ||= zone.spannedPages > 0
  }
  for (const node of memory.nodes.values()) {
    updateNodeSpan(node)
    const present = presentPages(node)
    node.hasNormalMemory = present.normal > 0
    node.hasMemory = present.all > 0
    node.kthreads = node.hasMemory
  }
}

/** Boot blocks that the capture shows otherwise than boot would make them. */
export function applyEarlyBlockFacts(machine: Machine): void {
  for (const facts of machine.description.blocks ?? []) {
    if (!facts.early) continue
    const id = blockId(facts.id)
    const nodes = facts.nodes.map(nodeId)
    const owner: NodeId = nodes.at(-1) ?? nodeId(0)
    const zone =
      facts.zone === null || facts.state === 'offline' ? null : zoneKey(owner, facts.zone)
    const run = machine.state.memory.blocks.runs.find(
      (entry) => entry.start <= id && id < entry.end,
    )
    const asBooted =
      run !== undefined &&
      run.zone === zone &&
      facts.state === 'online' &&
      nodes.length === 1 + run.extraNodes.length
    if (asBooted) continue
    const block = writableBlock(machine, id)
    machine.state.memory.blocks.separated.set(id, {
      ...block,
      nodeId: owner,
      extraNodes: nodes.slice(0, -1),
      state: facts.state,
      zone,
    })
    if (facts.state !== 'offline') continue
    takeSectionsOffline(machine, facts.id)
    // A block that could go offline has no holes and is all of one zone.
    if (run !== undefined && run.zone !== null) withdrawBlock(machine, zoneOf(machine, run.zone))
  }
}

/** Takes the pages of one offline block out of what boot gave the zone. */
function withdrawBlock({ geometry }: Machine, zone: Zone): void {
  zone.presentPages -= geometry.pagesPerBlock
  zone.presentEarlyPages -= geometry.pagesPerBlock
  zone.managedPages = Math.min(zone.managedPages, zone.presentEarlyPages)
}

function takeSectionsOffline(machine: Machine, block: number): void {
  const { sectionsPerBlock } = machine.geometry
  for (let i = 0; i < sectionsPerBlock; i++) {
    const section = writableSection(machine, sectionNr(block * sectionsPerBlock + i))
    section.online = false
    section.summary = 'offline'
  }
}
