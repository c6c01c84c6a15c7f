import { rangeIntersection, rangeSize } from '@memhp/core'
import { formatHex, isSystemRam } from '@memhp/kernel-files'
import {
  type BlockInfo,
  immovableResourcesIn,
  isCalledUnremovable,
  type ResourceInfo,
  type Topology,
} from '@memhp/topology'
import type { Prediction } from './prediction'
import type { Reason } from './reason'

const refuses = (confidence: Prediction['confidence'], reason: Reason): Prediction => ({
  outcome: 'refuses',
  confidence,
  reasons: [reason],
})

/** Bytes of a range that System RAM covers: what the kernel's test for holes compares. */
function systemRamBytes(resources: readonly ResourceInfo[], block: BlockInfo): number {
  let bytes = 0
  for (const resource of resources) {
    const common = rangeIntersection<number>(resource, block)
    if (common === undefined) continue
    bytes += isSystemRam(resource.name)
      ? rangeSize(common)
      : systemRamBytes(resource.children, block)
  }
  return bytes
}

/** A block that System RAM does not wholly cover is refused with EINVAL. Source: offline_pages, 6.1. */
function holeEvidence(topology: Topology, block: BlockInfo): Prediction | undefined {
  if (topology.iomem === null) return undefined
  const missing = rangeSize(block) - systemRamBytes(topology.iomem, block)
  if (missing <= 0) return undefined
  const message = `memory${block.id} has ${missing / 1024} KiB that /proc/iomem does not call System RAM.`
  return refuses('certain', { kind: 'hole', message })
}

/** What /proc/iomem names inside the block and the kernel never moves. */
function namedEvidence(topology: Topology, block: BlockInfo): Prediction | undefined {
  const [found] = immovableResourcesIn(topology, block)
  if (found === undefined) return undefined
  const { kind, name, start, end } = found
  const where = `${formatHex(start)}-${formatHex(end - 1)}`
  return refuses('certain', {
    kind,
    message: `/proc/iomem has “${name}” in memory${block.id}, at ${where}.`,
  })
}

/** A zone is of one node: what links to several can only be boot memory that no zone has alone. */
function mixedEvidence({ id, zones, nodes }: BlockInfo): Prediction | undefined {
  if (zones.kind === 'mixed') {
    const message = `valid_zones of memory${id} reads “none”.`
    return refuses('certain', { kind: 'mixed-zones', message })
  }
  if (nodes.length < 2) return undefined
  const message = `memory${id} has memory of nodes ${nodes.join(' and ')}.`
  return refuses('likely', { kind: 'mixed-zones', message })
}

/** What the files alone prove about an online block, whatever its pages are. */
export const provenRefusal = (topology: Topology, block: BlockInfo): Prediction | undefined =>
  mixedEvidence(block) ?? holeEvidence(topology, block) ?? namedEvidence(topology, block)

/**
 * The kernel's own test for pages that cannot move, which it ran when `removable` was read. It may be a transient page: the
 * test asks for one moment.
 */
export function calledUnremovable(block: BlockInfo): Prediction | undefined {
  if (!isCalledUnremovable(block)) return undefined
  const message = `removable of memory${block.id} reads 0: the kernel’s own test found a page in it that cannot move.`
  return refuses('likely', { kind: 'kernel-memory', message })
}

/**
 * The memory at physical address 0 holds what boot keeps there: vectors, the lowcore of s390, the image of the kernel on
 * POWER. In recorded runs on s390x no kernel let it go.
 */
export function lowestMemory({ id, start, contents }: BlockInfo): Prediction | undefined {
  if (start !== 0 || contents?.counts !== undefined) return undefined
  const message = `memory${id} begins at physical address 0, where boot keeps pages for good.`
  return refuses('likely', { kind: 'reserved-at-boot', message })
}

/** Classes of pages that stand in the way in a kernel zone, with how sure that is. */
const KERNEL_CLASSES = [
  ['slab', 'kernel-memory', 'slab pages', 'likely'],
  ['pageTable', 'page-table', 'pages of page tables', 'likely'],
  ['other', 'kernel-memory', 'pages of the kernel’s own', 'likely'],
  ['unflagged', 'kernel-memory', 'pages without a flag, probably the kernel’s own', 'uncertain'],
] as const

/** What page flags say against an online block. @returns undefined where they say nothing against it */
export function countedRefusal(block: BlockInfo): Prediction | undefined {
  const counts = block.contents?.counts
  if (counts === undefined) return undefined
  const found = (pages: number, what: string): string =>
    `memory${block.id} held ${pages} ${what} when it was captured.`
  const reserved = (counts.reserved ?? 0) + (counts.hole ?? 0)
  if (reserved > 0) {
    const message = found(reserved, 'reserved pages, which never move, in whatever zone')
    return refuses('certain', { kind: 'reserved-at-boot', message, pages: reserved })
  }
  const all = Object.values(counts).reduce((sum, pages) => sum + pages, 0)
  if (all > 0 && counts.unflagged === all) {
    const message = `No page of memory${block.id} had a flag when it was captured: they were not initialised yet.`
    return refuses('uncertain', { kind: 'reserved-at-boot', message, pages: all })
  }
  if (block.zones.kind === 'in' && block.zones.name !== 'Movable') {
    for (const [name, kind, what, confidence] of KERNEL_CLASSES) {
      const pages = counts[name] ?? 0
      if (pages > 0) return refuses(confidence, { kind, message: found(pages, what), pages })
    }
  }
  const withheld = counts.withheld ?? 0
  if (withheld === 0) return undefined
  const message = found(withheld, 'pages that a balloon or virtio-mem kept')
  return refuses('uncertain', { kind: 'withheld', message, pages: withheld })
}
