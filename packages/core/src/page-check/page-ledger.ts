import type { SectionNr } from '../address/brand'
import type { Machine } from '../model/machine'
import type { Section } from '../model/section'
import { isShared } from '../section/shared-sections'
import { isMaterialised } from '../section-pages/columns'
import { checkDescriptors, checkSummary } from './check-section'
import { checkAllocation, checkHugePools, checkUntouchedRuns, checkZone } from './check-tally'
import { createPageTally, enterTally, type PageTally, tallyOf } from './page-tally'

/**
 * What the descriptors of each section add up to. With it, checking the page layer again costs what was written since.
 * @alpha
 */
export class PageLedger {
  readonly #sections = new Map<SectionNr, PageTally>()
  /** What sections added up to when they were last counted: those that snapshots hold stay as they were then. */
  readonly #counted = new WeakMap<Readonly<Section>, PageTally>()
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
    let mayMoveRuns = false
    for (const nr of written) {
      const [before, after] = this.#enter(machine, nr)
      mayMoveRuns ||= isWithoutDescriptors(before) || isWithoutDescriptors(after)
    }
    const { zones, allocations } = machine.state.memory
    for (const zone of zones.values()) checkZone(zone, tallyOf(this.#sum, zone.key))
    if (mayMoveRuns) checkUntouchedRuns(machine, this.#whollyFree())
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

  /** Counts a section anew. @returns what it added up to, and does now */
  #enter(machine: Machine, nr: SectionNr): readonly (PageTally | undefined)[] {
    const before = this.#sections.get(nr)
    const after = this.#tally(machine, nr)
    if (before !== undefined) enterTally(this.#sum, before, -1)
    if (after === undefined) this.#sections.delete(nr)
    else {
      enterTally(this.#sum, after, 1)
      this.#sections.set(nr, after)
    }
    for (const id of before?.ownerPages.keys() ?? []) this.#allocations.delete(id)
    for (const id of after?.ownerPages.keys() ?? []) this.#allocations.delete(id)
    return [before, after]
  }

  /** What a section adds up to; undefined where it is absent, or as boot left it. @throws InvariantViolation */
  #tally(machine: Machine, nr: SectionNr): PageTally | undefined {
    const section = machine.state.memory.sections.separated.get(nr)
    if (section === undefined) return undefined
    const known = isShared(section) ? this.#counted.get(section) : undefined
    const tally = known ?? tallySection(machine, section)
    this.#counted.set(section, tally)
    return tally
  }

  #whollyFree(): PageTally['whollyFree'] {
    return [...this.#sections.values()].flatMap(({ whollyFree }) => whollyFree)
  }
}

/** What the descriptors of a section, or its summary, add up to. @throws InvariantViolation */
function tallySection(machine: Machine, section: Readonly<Section>): PageTally {
  const tally = createPageTally()
  if (isMaterialised(section)) checkDescriptors(machine, tally, section)
  else checkSummary(machine, tally, section)
  return tally
}

/** Sections that are in a run, or may be: absent, as boot left them, or wholly free. */
const isWithoutDescriptors = (tally: PageTally | undefined): boolean =>
  tally === undefined || tally.whollyFree.length > 0
