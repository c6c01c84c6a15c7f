import type { BlockPages, PageClass } from '../format'

/**
 * Bits of an entry of /proc/kpageflags by class, in the order of asking: any of them set puts the page into the class.
 * Where none is, the page is `other`, or `unflagged` if its entry is zero. Source: see `PAGE_CLASSES`.
 */
export const PAGE_CLASS_BITS: readonly (readonly [PageClass, readonly number[]])[] = [
  ['hole', [20]],
  ['poisoned', [19]],
  ['withheld', [23]],
  ['free', [10]],
  ['reserved', [32]],
  ['slab', [7]],
  ['pageTable', [26]],
  ['hugetlb', [17]],
  ['other', [24]],
  ['anonymous', [12, 21]],
  ['file', [3, 5, 14, 22]],
]

/** Bytes of one entry. */
export const PAGE_FLAGS_BYTES = 8

const MASKS = /* @__PURE__ */ PAGE_CLASS_BITS.map(([pageClass, bits]) => {
  const word = (first: number): number =>
    bits
      .filter((bit) => bit >= first && bit < first + 32)
      .reduce((mask, bit) => mask | (1 << (bit - first)), 0)
  return { pageClass, low: word(0), high: word(32) }
})

/** The class of a page by the two words of its entry. */
export function pageClassOf(low: number, high: number): PageClass {
  for (const mask of MASKS) {
    if ((low & mask.low) !== 0 || (high & mask.high) !== 0) return mask.pageClass
  }
  return low === 0 && high === 0 ? 'unflagged' : 'other'
}

/** Counts the pages of one memory block. Feed it the block's entries in order, in pieces of any length. */
export class BlockTally {
  readonly #maxOrder: number
  readonly #counts = new Map<PageClass, number>()
  readonly #chunks: number[] = []
  #page = 0
  #freeStart = -1

  constructor(maxOrder: number) {
    this.#maxOrder = maxOrder
  }

  /** Adds `pages` pages of one class. */
  add(pageClass: PageClass, pages: number): void {
    if (pages <= 0) return
    this.#counts.set(pageClass, (this.#counts.get(pageClass) ?? 0) + pages)
    if (pageClass !== 'free') this.#endFreeRun()
    else if (this.#freeStart < 0) this.#freeStart = this.#page
    this.#page += pages
  }

  /** Adds entries of /proc/kpageflags in the byte order of their machine. */
  addEntries(bytes: Uint8Array, order: 'little' | 'big'): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const [lowAt, highAt] = order === 'little' ? [0, 4] : [4, 0]
    let runStart = 0
    let runLow = -1
    let runHigh = -1
    const entries = Math.floor(bytes.byteLength / PAGE_FLAGS_BYTES)
    for (let i = 0; i < entries; i++) {
      const low = view.getUint32(i * PAGE_FLAGS_BYTES + lowAt, order === 'little')
      const high = view.getUint32(i * PAGE_FLAGS_BYTES + highAt, order === 'little')
      if (low === runLow && high === runHigh) continue
      if (i > 0) this.add(pageClassOf(runLow, runHigh), i - runStart)
      runStart = i
      runLow = low
      runHigh = high
    }
    if (entries > 0) this.add(pageClassOf(runLow, runHigh), entries - runStart)
  }

  /** What was counted; pages up to the end of the block that were not fed are holes. */
  finish(block: { readonly id: number; readonly pages: number }): BlockPages {
    this.add('hole', block.pages - this.#page)
    this.#endFreeRun()
    const freeChunks = Array.from(this.#chunks, (count) => count ?? 0)
    return {
      id: block.id,
      counts: Object.fromEntries(this.#counts),
      ...(freeChunks.length === 0 ? {} : { freeChunks }),
    }
  }

  #endFreeRun(): void {
    if (this.#freeStart < 0) return
    for (let at = this.#freeStart; at < this.#page; ) {
      let order = 0
      for (let size = 2; order < this.#maxOrder && at % size === 0; size *= 2) {
        if (at + size > this.#page) break
        order += 1
      }
      this.#chunks[order] = (this.#chunks[order] ?? 0) + 1
      at += 2 ** order
    }
    this.#freeStart = -1
  }
}
