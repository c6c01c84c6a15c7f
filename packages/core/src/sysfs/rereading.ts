import type { BlockId, NodeId } from '../address/brand'
import { blockOfSection, findBlock } from '../block/block-table'
import { WrittenBlocks } from '../block/written-blocks'
import { firmwareMapEntry } from '../firmware-map/firmware-map-table'
import { Facts, textOfFacts } from '../kobject/facts'
import type { MemoryBlock } from '../model/block'
import type { FirmwareMapEntry } from '../model/firmware-map'
import type { Machine } from '../model/machine'
import type { Resource } from '../model/resource'
import type { Section } from '../model/section'
import type { Rereader } from '../model/subsystem'
import type { Zone } from '../model/zone'
import { isFirstOfNode } from '../procfs/zoneinfo'
import { keptNames } from './kept-names'

/** As `Directory.version`. */
type Version = () => number | undefined

/** Numbers what the files of a machine follow from. */
export function rereaderOf(machine: Machine): Rereader {
  const written = new WrittenBlocks(machine)
  const joinable = joinableZones(machine, written)
  return {
    iomem: (make) => textOfFacts((facts) => listResources(facts, resourcesOf(machine)), make),
    nodeList: (holds, make) =>
      textOfFacts((facts) => {
        for (const node of machine.state.memory.nodes.values()) if (holds(node)) facts.add(node.id)
      }, make),
    zoneinfo: (list, show) => zoneinfoOf(machine, list, show),
    names: (before, ids) => keptNames(before, { ids, written }),
    memory: versionOfAll(machine, { written, joinable }),
    block: (id, zones) => versionOfBlock(machine, id, { written, joinable, zones }),
    node: (id) => versionOfNode(machine, id, written),
    firmwareMap: versionOfMap(machine),
    firmwareMapEntry: (index) => versionOfEntry(machine, index),
    poisoned: (count) => countOfPoisoned(machine, written, count),
  }
}

/** What numbers the state that directories of blocks show. */
interface Numbered {
  readonly written: WrittenBlocks
  /** What decides which zones offline blocks may join: spans of zones, and how much is in which where the policy asks. */
  readonly joinable: Version
}

function joinableZones(machine: Machine, written: WrittenBlocks): Numbered['joinable'] {
  const facts = new Facts()
  const list = (blocks: number): void => {
    const { zones, settings } = machine.state.memory
    facts.add(settings.onlinePolicy)
    facts.add(settings.movableNode)
    for (const { key, startPfn, spannedPages } of zones.values()) {
      facts.add(key)
      facts.add(startPfn)
      facts.add(spannedPages)
    }
    if (settings.onlinePolicy !== 'auto-movable') return
    facts.add(blocks)
    facts.add(settings.autoMovableRatio)
    facts.add(settings.autoMovableNumaAware)
    for (const zone of zones.values()) facts.addZone(zone)
    for (const group of machine.state.memory.groups.values()) facts.addGroup(group)
  }
  return () => {
    const blocks = written.ofAll()
    return blocks === undefined ? undefined : facts.number(() => list(blocks))
  }
}

/** Whether `removable` follows from the pages of a block. */
const showsPages = ({ generation }: Machine): boolean =>
  generation.rules.sysfs.removable !== 'always'

/** What the whole directory shows. */
function versionOfAll(machine: Machine, { written, joinable }: Numbered): Version {
  const facts = new Facts()
  const hasPages = showsPages(machine)
  return () => {
    const zones = joinable()
    const pages = hasPages ? written.ofAllPages() : 0
    if (zones === undefined || pages === undefined) return undefined
    return facts.number(() => {
      facts.add(zones)
      facts.add(written.ofAll())
      facts.add(pages)
      facts.add(machine.state.memory.settings.autoOnline)
    })
  }
}

/**
 * What a block's directory shows follows from the block, its pages, and the zones that it may join while it is offline, of
 * which `valid_zones` tells.
 */
function versionOfBlock(
  machine: Machine,
  id: BlockId,
  what: Numbered & { readonly zones: (block: Readonly<MemoryBlock>) => string },
): Version {
  const { written, joinable } = what
  const hasPages = showsPages(machine)
  let version = 0
  let shown: ShownBlock | undefined
  return () => {
    const now = written.of(id)
    const pages = hasPages ? written.ofPages(id) : 0
    if (now === undefined || pages === undefined) return undefined
    const isSame = shown?.block === now && shown.pages === pages
    if (isSame && shown?.zones === null) return version
    const zonesNow = joinable()
    if (isSame && shown?.joinable === zonesNow) return version
    const block = findBlock(machine, id)
    if (block === undefined) return undefined
    const zones = block.state === 'online' ? null : what.zones(block)
    if (!isSame || shown?.zones !== zones) version += 1
    shown = { block: now, pages, joinable: zonesNow, zones }
    return version
  }
}

/** What a block's directory showed, as numbered, and the zones that the block may join; null for one that is online. */
interface ShownBlock {
  readonly block: number
  readonly pages: number
  readonly joinable: number | undefined
  readonly zones: string | null
}

/** What a node's directory shows follows from its blocks, its zones, its huge pages, and which nodes have directories. */
function versionOfNode(machine: Machine, id: NodeId, written: WrittenBlocks): Version {
  const facts = new Facts()
  return () => {
    const blocks = written.ofList()
    if (blocks === undefined) return undefined
    return facts.number(() => {
      facts.add(blocks)
      for (const node of machine.state.memory.nodes.values()) {
        facts.add(node.online)
        if (node.id !== id) continue
        facts.add(node.hasMemory)
        for (const zone of node.zones) facts.addZone(zone)
      }
      for (const { nodeId, order, free, used, surplus } of machine.state.memory.hugePools) {
        if (nodeId === id)
          for (const fact of [order, free.size, used.size, surplus]) facts.add(fact)
      }
    })
  }
}

/** What /sys/firmware/memmap shows. An entry that is there does not change. */
function versionOfMap(machine: Machine): () => number {
  const facts = new Facts()
  return () =>
    facts.number(() => {
      for (const entry of machine.state.memory.firmwareMap.entries) facts.add(entry)
    })
}

function versionOfEntry(machine: Machine, index: number): () => number {
  let version = 0
  let shown: FirmwareMapEntry | undefined
  return () => {
    const entry = firmwareMapEntry(machine.state.memory.firmwareMap, index)
    if (entry !== shown) version += 1
    shown = entry
    return version
  }
}

const resourcesOf = (machine: Machine): readonly Resource[] =>
  machine.state.memory.resources.children

function listResources(facts: Facts, resources: readonly Resource[]): void {
  facts.add(resources.length)
  for (const { start, end, name, children } of resources) {
    facts.add(start)
    facts.add(end)
    facts.add(name)
    listResources(facts, children)
  }
}

function zoneinfoOf(
  machine: Machine,
  list: () => readonly Zone[],
  show: (zone: Zone) => string,
): () => string {
  const texts = new WeakMap<Zone, () => string>()
  const textOf = (zone: Zone): string => {
    const facts = (all: Facts): void => {
      all.addZone(zone)
      all.add(isFirstOfNode(machine, zone))
    }
    const known = texts.get(zone) ?? textOfFacts(facts, () => show(zone))
    texts.set(zone, known)
    return known()
  }
  const facts = (all: Facts): void => {
    for (const node of machine.state.memory.nodes.values()) {
      if (node.online) for (const zone of node.zones) all.addZone(zone)
    }
  }
  return textOfFacts(facts, () => list().map(textOf).join(''))
}

/** A section that was not written is not counted again. */
function countOfPoisoned(
  machine: Machine,
  written: WrittenBlocks,
  countIn: (section: Readonly<Section>) => number,
): () => number {
  const known = new WeakMap<Section, { readonly version: number; readonly count: number }>()
  const countOnce = (section: Section): number => {
    const version = written.ofPages(blockOfSection(machine, section.nr))
    const last = known.get(section)
    if (last !== undefined && last.version === version) return last.count
    const count = countIn(section)
    if (version !== undefined) known.set(section, { version, count })
    return count
  }
  let whole: { readonly version: number | undefined; readonly count: number } | undefined
  return () => {
    const version = written.ofAllPages()
    if (version !== undefined && whole?.version === version) return whole.count
    let count = 0
    for (const section of machine.state.memory.sections.separated.values())
      count += countOnce(section)
    whole = { version, count }
    return count
  }
}
