import type { BootBlockFacts, RamDescription } from '@memhp/core'
import { coveredSize, emptyIntervalSet, insertInterval } from '@memhp/core/plugin'
import type { BlockFacts, HostFacts } from './host-facts'
import { type BlockPlace, UseDescriber } from './use'

/** The only zone that spans the block, where its own file does not tell; null where several do or none does. */
function zoneBySpan(facts: HostFacts, block: BlockFacts): string | null {
  const start = block.id * facts.pagesPerBlock
  const end = start + facts.pagesPerBlock
  const spanning = facts.zones.filter(
    ({ node, startPfn, spanned }) =>
      block.nodes.includes(node) &&
      startPfn !== undefined &&
      startPfn < end &&
      start < startPfn + spanned,
  )
  return spanning.length === 1 ? (spanning[0]?.name ?? null) : null
}

/** Every memory block of the host, ascending. */
export function describeBlocks(facts: HostFacts, ram: readonly RamDescription[]): BootBlockFacts[] {
  const boot = emptyIntervalSet()
  for (const range of ram) insertInterval(boot, range)
  const places = facts.blocks.map((block): BlockPlace & { readonly early: boolean } => {
    const range = { start: block.id * facts.blockBytes, end: (block.id + 1) * facts.blockBytes }
    const bootPages = coveredSize(boot, range) / facts.pageBytes
    const early = bootPages > 0
    const zone = block.state === 'offline' ? null : block.zone
    return {
      block,
      early,
      memoryPages: early ? bootPages : facts.pagesPerBlock,
      zone: zone === undefined ? zoneBySpan(facts, block) : zone,
    }
  })
  const uses = new UseDescriber(facts, places)
  return places
    .toReversed()
    .map((place): BootBlockFacts => {
      const { block, early, zone } = place
      const use = uses.describe(place)
      const { id, state } = block
      const nodes = block.nodes.length === 0 ? [0] : block.nodes
      return { id, state, zone, nodes, early, ...(use === undefined ? {} : { use }) }
    })
    .reverse()
}
