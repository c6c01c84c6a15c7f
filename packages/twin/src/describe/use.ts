import type { SectionUse } from '@memhp/core/inspect'
import type { BlockContents, PageClass } from '@memhp/topology'
import type { BlockFacts, HostFacts } from './host-facts'

/** Sections of x86-64, which has one in a block up to 64 GiB of memory. */
const X86_SECTION_BYTES = 2 ** 27
const MOVABLE = 'Movable'

/** What is asked about one block. */
export interface BlockPlace {
  readonly block: BlockFacts
  /** Pages of the block that are memory; the others are holes. */
  readonly memoryPages: number
  readonly zone: string | null
}

const countOf = (pages: BlockContents, pageClass: PageClass): number => pages.counts[pageClass] ?? 0

/** Zones, as `<node>/<name>`, in which all pages without flags are free ones in per-CPU lists. */
function zonesWithoutUnflagged(facts: HostFacts, places: readonly BlockPlace[]): Set<string> {
  const unflagged = new Map<string, number>()
  for (const { block, zone } of places) {
    const pages = facts.pagesOf(block.id)
    const key = `${block.nodes.at(-1) ?? 0}/${zone ?? ''}`
    if (pages !== undefined) {
      unflagged.set(key, (unflagged.get(key) ?? 0) + countOf(pages, 'unflagged'))
    }
  }
  const zones = facts.zones
    .map(({ node, name, perCpu }) => ({ key: `${node}/${name}`, perCpu }))
    .filter(({ key, perCpu }) => (unflagged.get(key) ?? 0) <= perCpu)
  return new Set(zones.map(({ key }) => key))
}

/** Whether it is known in which section the pages of a block are: it has no holes, or is one section. */
export function isWholeOrOneSection(
  { capture, blockBytes, pagesPerBlock }: HostFacts,
  memoryPages: number,
): boolean {
  if (memoryPages === pagesPerBlock) return true
  return capture.arch === 'x86_64' && blockBytes === X86_SECTION_BYTES
}

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

/** How the pages of online blocks are used, from the summary of their flags. */
export class UseDescriber {
  readonly #facts: HostFacts
  /** Of huge pages of a node those that are free. */
  readonly #freeHuge: (node: number, pages: number) => number
  readonly #listed: Set<string>

  constructor(facts: HostFacts, places: readonly BlockPlace[]) {
    this.#facts = facts
    this.#freeHuge = facts.hugePages?.freeOnHost(facts) ?? (() => 0)
    this.#listed = zonesWithoutUnflagged(facts, places)
  }

  /**
   * Ask from the highest block down: the free huge pages of a node are taken to be its highest.
   * @returns undefined where nothing is known
   */
  describe(place: BlockPlace): SectionUse | undefined {
    const { block, memoryPages } = place
    const pages = this.#facts.pagesOf(block.id)
    if (pages === undefined || block.state === 'offline') return undefined
    if (!isWholeOrOneSection(this.#facts, memoryPages)) {
      this.#facts.assume(
        `memory${block.id} has holes and several sections: where its pages lie is not taken over.`,
      )
      return undefined
    }
    const holes = this.#facts.pagesPerBlock - memoryPages
    const { unmovable, movable, reserved } = this.#kernelShare(place, pages)
    const huge = countOf(pages, 'hugetlb')
    const hugetlbFree = this.#freeHuge(block.nodes.at(-1) ?? 0, huge)
    return trimToFit(
      {
        reserved: Math.max(
          0,
          countOf(pages, 'reserved') + countOf(pages, 'hole') + reserved - holes,
        ),
        unmovable,
        movable,
        pinned: 0,
        withheld: countOf(pages, 'withheld'),
        poisoned: countOf(pages, 'poisoned'),
        hugetlb: huge - hugetlbFree,
        hugetlbFree,
      },
      memoryPages,
    )
  }

  /** What pages are, whose flags do not say it: in Movable nothing is the kernel's own. */
  #kernelShare({ block, memoryPages, zone }: BlockPlace, pages: BlockContents) {
    const known = countOf(pages, 'slab') + countOf(pages, 'pageTable')
    const movable = countOf(pages, 'anonymous') + countOf(pages, 'file')
    const other = countOf(pages, 'other')
    const unflagged = countOf(pages, 'unflagged')
    if (unflagged === memoryPages) return this.#uninitialised(memoryPages)
    if (zone === MOVABLE) return { unmovable: known, movable: movable + other, reserved: 0 }
    const isListed = this.#listed.has(`${block.nodes.at(-1) ?? 0}/${zone ?? ''}`)
    if (!isListed && unflagged > 0) {
      this.#facts.assume(
        'Pages without flags in kernel zones are taken for kernel memory; a few of them are free, in per-CPU lists.',
      )
    }
    return { unmovable: known + other + (isListed ? 0 : unflagged), movable, reserved: 0 }
  }

  /** A block in which no page has a flag: the kernel has not come to it yet. */
  #uninitialised(memoryPages: number) {
    const isFree = this.#facts.deferredPages > 0
    this.#facts.assume(
      `Memory blocks in which no page has a flag were never initialised: they are taken to be ${isFree ? 'free' : 'reserved'}.`,
    )
    return { unmovable: 0, movable: 0, reserved: isFree ? 0 : memoryPages }
  }
}
