import type { BlockInfo, Topology } from '@memhp/topology'
import { zoneOfBlock } from './holdings'

/** Migrate types of pages that the kernel keeps where they are. Source: include/linux/mmzone.h, mm/page_alloc.c, Linux 6.1. */
const KEPT = ['Unmovable', 'Reclaimable', 'HighAtomic'] as const

/**
 * What the migrate types of a zone's pageblocks say of a block in it, as a sentence: how many hold, or held, the kernel's pages. Of a single
 * block no file tells them, and a pageblock of Movable may hold a page of the kernel all the same.
 * @returns undefined where the types are not known
 */
export function pageblocksText(topology: Topology, block: BlockInfo): string | undefined {
  const zone = zoneOfBlock(topology, block)
  if (zone?.pageblocks === undefined) return undefined
  const { pageblocks, name, node } = zone
  const all = Object.values(pageblocks).reduce((sum, count) => sum + count, 0)
  if (all === 0) return undefined
  const kept = KEPT.flatMap((type) => {
    const count = pageblocks[type] ?? 0
    return count === 0 ? [] : [{ type, count }]
  })
  const where = `of ${all} pageblocks of node ${node}, zone ${name}`
  if (kept.length === 0)
    return `${where} none is of a type that the kernel keeps in place: what it holds there is little, if anything`
  const sum = kept.reduce((total, { count }) => total + count, 0)
  const which = kept.map(({ type, count }) => `${count} ${type}`).join(', ')
  const share = Math.max(1, Math.round((100 * sum) / all))
  return `${where} ${share} % are of types that the kernel keeps in place (${which}); which ones, it does not say`
}
