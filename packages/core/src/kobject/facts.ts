import type { MemoryGroup } from '../model/block'
import type { Zone } from '../model/zone'

/**
 * What a text or a directory follows from, numbered for readers that come again: it is listed at each reading, and as long as
 * the number is the same, so is all that was listed.
 */
export class Facts {
  readonly #known: unknown[] = []
  #listed = 0
  #number = 0

  /** @param list calls `add` for each fact, in the same order as before @returns the number of what was listed */
  number(list: (facts: this) => void): number {
    const before = this.#number
    this.#listed = 0
    list(this)
    if (this.#known.length > this.#listed) {
      this.#known.length = this.#listed
      this.#number = before + 1
    }
    return this.#number
  }

  add(fact: unknown): void {
    const place = this.#listed
    this.#listed = place + 1
    if (this.#known[place] === fact && place < this.#known.length) return
    this.#known[place] = fact
    this.#number += 1
  }

  /** Adds what a group holds. */
  addGroup(group: MemoryGroup): void {
    this.add(group.id)
    this.add(group.presentKernelPages)
    this.add(group.presentMovablePages)
  }

  /** Adds the counts of a zone that files show, or that decide which zone a block may join. */
  addZone(zone: Zone): void {
    this.add(zone.key)
    this.add(zone.startPfn)
    this.add(zone.spannedPages)
    this.add(zone.presentPages)
    this.add(zone.presentEarlyPages)
    this.add(zone.managedPages)
    this.add(zone.free.freePages)
  }
}

/**
 * Prepares a text that is made anew only where one of its facts is another than the time before.
 * @param list adds the facts, which are all that the text follows from
 */
export function textOfFacts(list: (facts: Facts) => void, make: () => string): () => string {
  const facts = new Facts()
  let shown: { readonly number: number; readonly text: string } | undefined
  return () => {
    const number = facts.number(list)
    if (shown?.number !== number) shown = { number, text: make() }
    return shown.text
  }
}
