import type { Range } from '@memhp/core'
import { isWholeOrOneSection, NOTHING_USED, type SectionUse } from '@memhp/core/inspect'
import type { ImmovableResource } from '@memhp/topology'
import type { BlockPlace, HostFacts } from './host-facts'

/** Memory that firmware keeps. */
export interface KeptMemory extends Range {
  readonly name: string
}

/** Pages of some resources, each rounded up to whole pages. */
const pagesOf = (resources: readonly Range[], pageBytes: number): number =>
  resources.reduce((sum, { start, end }) => sum + Math.ceil((end - start) / pageBytes), 0)

/**
 * How the pages of a block are used of which no flags were captured, as far as other files tell: what /proc/iomem names in it
 * never moves, and a block that the kernel called removable, as it does not call others, holds no kernel memory. The rest
 * is taken to be free.
 * @returns undefined where no file tells anything
 */
export function assumedUse(
  facts: HostFacts,
  place: BlockPlace,
  known: {
    readonly image: 'placed by boot' | 'named by iomem'
    readonly named: readonly ImmovableResource[]
    /** What firmware keeps of it. */
    readonly kept: readonly KeptMemory[]
  },
): SectionUse | undefined {
  const { block, memoryPages } = place
  if (block.state === 'offline' || facts.pagesOf(block.id) !== undefined) return undefined
  if (!isWholeOrOneSection(facts, memoryPages)) return undefined
  const named = known.named.filter(
    ({ kind }) => kind === 'crash-kernel' || known.image === 'named by iomem',
  )
  if (named.length > 0) {
    const names = [...new Set(named.map(({ name }) => `“${name}”`))].join(' and ')
    facts.assumeOf(
      block.id,
      `without page flags, what /proc/iomem calls ${names} is reserved, and the rest is taken to be free.`,
    )
    return { ...NOTHING_USED, reserved: Math.min(memoryPages, pagesOf(named, facts.pageBytes)) }
  }
  const { kept } = known
  if (kept.length > 0) {
    const names = kept.map(({ name }) => name).join(' and ')
    facts.assumeOf(
      block.id,
      `without page flags, ${names} is taken to be in it, and the rest to be free.`,
    )
    return { ...NOTHING_USED, reserved: pagesOf(kept, facts.pageBytes) }
  }
  // What moves lies elsewhere as long as there is room.
  return block.isRemovable === true ? { ...NOTHING_USED } : undefined
}
