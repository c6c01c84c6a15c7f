import type { SectionNr } from '../address/brand'
import type { Machine } from '../model/machine'
import type { Section } from '../model/section'
import { isMaterialised } from '../section-pages/columns'
import {
  checkDescriptors,
  checkOpen,
  checkSummary,
  type OpenSection,
  openSection,
} from './check-section'
import {
  checkAllocation,
  checkHugePools,
  checkLists,
  checkUntouchedRuns,
  checkZone,
} from './check-tally'
import { createPageTally, enterTally, isSameTally, type PageTally, tallyOf } from './page-tally'

/** What a section was when it was last counted. */
interface CountedSection {
  /** Of a section without descriptors: one. Of others: one a stretch. */
  readonly tallies: readonly PageTally[]
  /** Stamps of the stretches; none of a section without descriptors. */
  readonly stamps: Float64Array
}

const NO_STAMPS = new Float64Array()

const ABSENT: CountedSection = { tallies: [], stamps: NO_STAMPS }

/**
 * What the descriptors of each stretch of pages add up to. With it, checking the page layer again costs what was written
 * since.
 * @alpha
 */
export class PageLedger {
  readonly #sections = new Map<SectionNr, CountedSection>()
  /** Sections without descriptors that are free in whole or in part. */
  readonly #whollyFree = new Map<SectionNr, PageTally['whollyFree']>()
  readonly #sum = createPageTally()
  /** Allocations that were checked once: again only when pages of theirs are written. */
  readonly #allocations = new Set<number>()

  /**
   * Throws where the page layer contradicts itself: free lists and descriptors, counts, isolation, owners and what they
   * wrote, huge pages, untouched runs.
   * @param written sections that may have changed since the last check; the first time, all that were ever written
   * @throws InvariantViolation
   */
  check(machine: Machine, written: Iterable<SectionNr>): void {
    const isFirst = this.#sections.size === 0
    let mayMoveRuns = false
    for (const nr of written) if (this.#count(machine, nr)) mayMoveRuns = true
    const { zones, allocations } = machine.state.memory
    for (const zone of zones.values()) {
      // Later on, chunks that are written tell of their neighbours.
      if (isFirst) checkLists(zone)
      checkZone(zone, tallyOf(this.#sum, zone.key))
    }
    if (mayMoveRuns) checkUntouchedRuns(machine, this.#whollyFree.values())
    for (const allocation of allocations.values()) {
      if (this.#allocations.has(allocation.id)) continue
      checkAllocation(allocation, this.#sum.ownerPages.get(allocation.id) ?? 0)
      this.#allocations.add(allocation.id)
    }
    checkHugePools(machine, this.#sum)
  }

  /** A number may be another allocation's now: all of them are checked again. */
  forgetAllocations(): void {
    this.#allocations.clear()
  }

  /** Counts what was written of a section anew. @returns whether it is in an untouched run, or was, or may be */
  #count(machine: Machine, nr: SectionNr): boolean {
    const section = machine.state.memory.sections.separated.get(nr)
    const before = this.#sections.get(nr) ?? ABSENT
    const after = section === undefined ? ABSENT : countSection(machine, section, before)
    if (after === before && before !== ABSENT) return this.#whollyFree.has(nr)
    this.#enterOthers(before.tallies, after.tallies, -1)
    this.#enterOthers(after.tallies, before.tallies, 1)
    if (after === ABSENT) this.#sections.delete(nr)
    else this.#sections.set(nr, after)
    const whollyFree = after.stamps.length > 0 ? [] : (after.tallies[0]?.whollyFree ?? [])
    const wasFree = this.#whollyFree.has(nr)
    if (whollyFree.length > 0) this.#whollyFree.set(nr, whollyFree)
    else this.#whollyFree.delete(nr)
    return before === ABSENT || after === ABSENT || wasFree || whollyFree.length > 0
  }

  /** Enters tallies that are others than what has been, or will be, in their places. Neighbours may be one object. */
  #enterOthers(tallies: readonly PageTally[], others: readonly PageTally[], sign: 1 | -1): void {
    for (let at = 0; at < tallies.length; ) {
      const tally = tallies[at]
      let times = 0
      for (; tallies[at] === tally && at < tallies.length; at++)
        if (others[at] !== tally) times += 1
      if (tally === undefined || times === 0) continue
      enterTally(this.#sum, tally, sign * times)
      for (const id of tally.ownerPages.keys()) this.#allocations.delete(id)
    }
  }
}

/**
 * What the stretches of a section add up to, or its summary.
 * @param known when it was last counted: stretches with the same stamp are the same
 * @throws InvariantViolation
 */
function countSection(
  machine: Machine,
  section: Readonly<Section>,
  known: CountedSection,
): CountedSection {
  if (!isMaterialised(section)) {
    const tally = createPageTally()
    checkSummary(machine, tally, section)
    return { tallies: [tally], stamps: NO_STAMPS }
  }
  checkOpen(section)
  const { stamps } = section.pages
  const open = { section: undefined as OpenSection | undefined }
  const tallies: PageTally[] = []
  for (let stretch = 0; stretch < stamps.length; stretch++) {
    const isKnown = known.stamps[stretch] === stamps[stretch]
    const same = isKnown ? known.tallies[stretch] : undefined
    if (same !== undefined) {
      tallies.push(same)
      continue
    }
    open.section ??= openSection(machine, section)
    const tally = tallyStretch(machine, open.section, stretch)
    const last = tallies.at(-1)
    tallies.push(last !== undefined && isSameTally(last, tally) ? last : tally)
  }
  return open.section === undefined ? known : { tallies, stamps: stamps.slice() }
}

function tallyStretch(machine: Machine, open: OpenSection, stretch: number): PageTally {
  const { stretchShift } = open.section.pages
  const start = stretch << stretchShift
  const end = Math.min(machine.geometry.pagesPerSection, start + (1 << stretchShift))
  const tally = createPageTally()
  checkDescriptors(machine, tally, { open, range: { start, end } })
  return tally
}
