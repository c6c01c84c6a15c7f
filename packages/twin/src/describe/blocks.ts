import {
  type BootBlockFacts,
  type RamDescription,
  type Range,
  rangeIntersection,
} from '@memhp/core'
import { immovableResourcesIn } from '@memhp/topology'
import { assumedUse } from './assumed-use'
import { type BlockFacts, type BlockPlace, type HostFacts, rangeOfBlock } from './host-facts'
import { type ArchZones, zoneByAddress } from './place-zones'

/** The only zone that spans the block, where its own file does not tell; undefined where several do or none does. */
function zoneBySpan(facts: HostFacts, block: BlockFacts): string | undefined {
  const start = block.id * facts.pagesPerBlock
  const end = start + facts.pagesPerBlock
  const spanning = facts.zones.filter(
    ({ node, startPfn, spanned }) =>
      block.nodes.includes(node) &&
      startPfn !== undefined &&
      startPfn < end &&
      start < startPfn + spanned,
  )
  return spanning.length === 1 ? spanning[0]?.name : undefined
}

interface EarlyPlace extends BlockPlace {
  readonly early: boolean
}

/** Boot memory in each block, ascending: both lists are walked once. */
function ramOfBlocks(
  facts: HostFacts,
  ram: readonly RamDescription[],
): ReadonlyMap<number, readonly Range[]> {
  const found = new Map<number, Range[]>()
  let next = 0
  for (const { id } of facts.blocks) {
    const range = rangeOfBlock(facts, id)
    while ((ram[next]?.end ?? Number.POSITIVE_INFINITY) <= range.start) next++
    const own: Range[] = []
    for (
      let i = next, piece = ram[i];
      piece !== undefined && piece.start < range.end;
      piece = ram[++i]
    ) {
      const common = rangeIntersection<number>(piece, range)
      if (common !== undefined) own.push(common)
    }
    found.set(id, own)
  }
  return found
}

/** The zone of an online block; null where it has none, as boot memory of several nodes. */
function onlineZone(
  { assumeOf }: HostFacts,
  { id, nodes }: BlockFacts,
  {
    zones,
    place,
  }: { readonly zones: ArchZones; readonly place: Parameters<typeof zoneByAddress>[1] },
): string | null {
  const { told, early } = place
  if (!early || nodes.length < 2) return zoneByAddress(zones, place, assumeOf)
  if (typeof told === 'string') {
    const owners = nodes.join(' and ')
    assumeOf(
      id,
      `valid_zones reads ${told}, and memory of nodes ${owners} is in no single zone: that is believed.`,
    )
  }
  return null
}

function placesOf(
  facts: HostFacts,
  ram: readonly RamDescription[],
  zones: ArchZones,
): readonly EarlyPlace[] {
  const { pageBytes } = facts
  const ramOf = ramOfBlocks(facts, ram)
  return facts.blocks.map((block): EarlyPlace => {
    const boot = ramOf.get(block.id) ?? []
    const early = boot.length > 0
    const ranges = early ? boot : [rangeOfBlock(facts, block.id)]
    const told = block.zone === undefined ? zoneBySpan(facts, block) : block.zone
    const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
    const place = { id: block.id, told, early, ranges }
    const zone = block.state === 'offline' ? null : onlineZone(facts, block, { zones, place })
    return { block, early, zone, memoryPages: bytes / pageBytes }
  })
}

/**
 * Every memory block of the host, ascending.
 * @param zones of the architecture, by address
 */
export function describeBlocks(
  facts: HostFacts,
  ram: readonly RamDescription[],
  zones: ArchZones,
): BootBlockFacts[] {
  const places = placesOf(facts, ram, zones)
  const useOf = facts.subsystems.pageMonitor?.usesOf(facts, places)
  const keptMemory = facts.dialects.flatMap(({ capture }) => capture.keptMemory?.(facts, ram) ?? [])
  const [lowest] = places.filter(({ early }) => early)
  return places
    .toReversed()
    .map((place): BootBlockFacts => {
      const { block, early, zone } = place
      const range = rangeOfBlock(facts, block.id)
      const use =
        useOf?.(place) ??
        assumedUse(facts, place, {
          // Where boot puts an image without being told.
          image: place === lowest ? 'placed by boot' : 'named by iomem',
          named: immovableResourcesIn(facts.topology, range),
          kept: keptMemory.flatMap(({ name, ...kept }) => {
            const part = rangeIntersection<number>(kept, range)
            return part === undefined ? [] : { name, ...part }
          }),
        })
      const { id, state, nodes } = block
      return { id, state, zone, nodes, early, ...(use === undefined ? {} : { use }) }
    })
    .reverse()
}
