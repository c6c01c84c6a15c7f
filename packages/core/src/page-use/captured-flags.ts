import type { SectionUse } from '../model/page'
import type { FlaggedBlock, FlaggedHost, FlaggedPages } from '../model/subsystem'

const MOVABLE = 'Movable'

const zoneOf = ({ block, zone }: FlaggedBlock): string => `${block.nodes.at(-1) ?? 0}/${zone ?? ''}`

/** Zones, as `<node>/<name>`, in which all pages without flags are free ones in per-CPU lists. */
function zonesWithoutUnflagged(host: FlaggedHost, blocks: readonly FlaggedBlock[]): Set<string> {
  const unflagged = new Map<string, number>()
  for (const each of blocks) {
    const pages = host.pagesOf(each.block.id)?.counts.unflagged ?? 0
    unflagged.set(zoneOf(each), (unflagged.get(zoneOf(each)) ?? 0) + pages)
  }
  const zones = host.zones
    .map(({ node, name, perCpu }) => ({ key: `${node}/${name}`, perCpu }))
    .filter(({ key, perCpu }) => (unflagged.get(key) ?? 0) <= perCpu)
  return new Set(zones.map(({ key }) => key))
}

/** Whether it is known in which section the pages of a block are: it has no holes, or is one section. @alpha */
export const isWholeOrOneSection = (
  { pagesPerBlock, hasBlocksOfOneSection }: FlaggedHost,
  memoryPages: number,
): boolean => hasBlocksOfOneSection || memoryPages === pagesPerBlock

/** Makes the use fit into the pages that are there: a summary is not taken in an instant. */
function trimToFit(use: SectionUse, memoryPages: number): SectionUse {
  let surplus = Object.values(use).reduce((sum, pages) => sum + pages, 0) - memoryPages
  for (const key of ['reserved', 'unmovable', 'movable', 'hugetlbFree', 'hugetlb'] as const) {
    const taken = Math.min(use[key], Math.max(0, surplus))
    use[key] -= taken
    surplus -= taken
  }
  return use
}

/** See `PageMonitor.usesOf`. */
export function usesByFlags(
  host: FlaggedHost,
  blocks: readonly FlaggedBlock[],
): (block: FlaggedBlock) => SectionUse | undefined {
  const freeHuge = host.subsystems.hugePages?.freeOnHost(host) ?? (() => 0)
  const listed = zonesWithoutUnflagged(host, blocks)
  return (each) => {
    const { block, memoryPages } = each
    const counts = host.pagesOf(block.id)?.counts
    if (counts === undefined || block.state === 'offline') return undefined
    if (!isWholeOrOneSection(host, memoryPages)) {
      host.assume(
        `memory${block.id} has holes and several sections: where its pages lie is not taken over.`,
      )
      return undefined
    }
    const holes = host.pagesPerBlock - memoryPages
    const { hole = 0, hugetlb = 0, withheld = 0, poisoned = 0 } = counts
    const { unmovable, movable, reserved } = kernelShare(host, each, { counts, listed })
    const hugetlbFree = freeHuge(block.nodes.at(-1) ?? 0, hugetlb)
    return trimToFit(
      {
        reserved: Math.max(0, reserved + hole - holes),
        unmovable,
        movable,
        pinned: 0,
        withheld,
        poisoned,
        hugetlb: hugetlb - hugetlbFree,
        hugetlbFree,
      },
      memoryPages,
    )
  }
}

/** What pages are, whose flags do not say it: in Movable nothing is the kernel's own. */
function kernelShare(
  host: FlaggedHost,
  each: FlaggedBlock,
  what: { readonly counts: FlaggedPages; readonly listed: ReadonlySet<string> },
): Pick<SectionUse, 'unmovable' | 'movable' | 'reserved'> {
  const { slab = 0, pageTable = 0, anonymous = 0, file = 0 } = what.counts
  const { other = 0, unflagged = 0, reserved = 0 } = what.counts
  const known = slab + pageTable
  const movable = anonymous + file
  if (unflagged === each.memoryPages) {
    const isFree = host.deferredPages > 0
    host.assume(
      `Memory blocks in which no page has a flag were never initialised: they are taken to be ${isFree ? 'free' : 'reserved'}.`,
    )
    return { unmovable: 0, movable: 0, reserved: isFree ? reserved : reserved + unflagged }
  }
  if (each.zone === MOVABLE) return { unmovable: known, movable: movable + other, reserved }
  const isListed = what.listed.has(zoneOf(each))
  if (!isListed && unflagged > 0) {
    host.assume(
      'Pages without flags in kernel zones are taken for kernel memory; a few of them are free, in per-CPU lists.',
    )
  }
  return { unmovable: known + other + (isListed ? 0 : unflagged), movable, reserved }
}
