import { emptyIntervalSet, type IntervalSet, insertInterval } from '../address/interval-set'
import { type Range, rangeIntersection, rangesOverlap } from '../address/range'
import type { BootBlockFacts, BootZoneFacts, MachineDescription } from '../model/description'
import type { Geometry } from '../model/geometry'
import { DEVICE, MOVABLE } from '../zone/zone-table'

/**
 * Boot memory of each node that is in Movable, in pages: the blocks that the description puts there, and of blocks without a single zone
 * what the spans of zones put there. With `kernelcore=` and its kin Movable begins anywhere at a multiple of the largest buddy.
 * Source: find_zone_movable_pfns_for_nodes, mm/page_alloc.c 6.1; guests of 6.1 to 7.3.
 */
export function bootMovable(
  { blocks = [], zones = [] }: MachineDescription,
  { pagesPerBlock }: Pick<Geometry, 'pagesPerBlock'>,
): ReadonlyMap<number, IntervalSet> {
  const movable = new Map<number, IntervalSet>()
  for (const block of blocks) {
    if (!block.early || block.state === 'offline') continue
    const whole = { start: block.id * pagesPerBlock, end: (block.id + 1) * pagesPerBlock }
    for (const node of block.nodes) {
      const part = partInMovable(
        block,
        whole,
        zones.filter((zone) => zone.node === node),
      )
      if (part === undefined) continue
      const set = movable.get(node) ?? emptyIntervalSet()
      movable.set(node, set)
      insertInterval(set, part)
    }
  }
  return movable
}

const spanOf = ({ startPfn, spannedPages }: BootZoneFacts): Range => ({
  start: startPfn,
  end: startPfn + spannedPages,
})

/** Pages of a boot block that are in Movable of one of its nodes. @param zones of the node */
function partInMovable(
  { zone }: BootBlockFacts,
  whole: Range,
  zones: readonly BootZoneFacts[],
): Range | undefined {
  if (zone !== null) return zone === MOVABLE.name ? whole : undefined
  const movable = zones.find((facts) => facts.zone === MOVABLE.name)
  const part = movable && rangeIntersection(spanOf(movable), whole)
  if (part === undefined) return undefined
  // Whole blocks that went to Movable later may lie on both sides of this one.
  const isShared = zones.some(
    (facts) =>
      ![MOVABLE.name, DEVICE.name].includes(facts.zone) && rangesOverlap(spanOf(facts), part),
  )
  return isShared && part.start === whole.start ? undefined : part
}
