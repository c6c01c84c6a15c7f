import type { Range } from '../address/range'

/** 2^order pages that begin at a multiple of their number. `start` is a place in the section. */
export interface Chunk {
  readonly start: number
  readonly order: number
}

/** The largest order that fits `size` pages. @param size 1 … 2^31 */
export const orderOfSize = (size: number): number => 31 - Math.clz32(size)

/** The largest order that `place` is a multiple of, 31 for place 0. */
const orderOfAlignment = (pageIndex: number): number =>
  pageIndex === 0 ? 31 : 31 - Math.clz32(pageIndex & -pageIndex)

/** The chunk that a buddy allocator holds at the start of a wholly free range. Places of a section. */
function firstChunk(range: Range, maxOrder: number): Chunk {
  const { start, end } = range
  const order = Math.min(maxOrder, orderOfAlignment(start), orderOfSize(end - start))
  return { start, order }
}

/**
 * Cuts a wholly free range into the chunks that a buddy allocator holds for it, lowest first.
 * @param range places of a section, not empty neighbours of other free pages
 */
export function forEachChunk(range: Range, maxOrder: number, visit: (chunk: Chunk) => void): void {
  let start = range.start
  while (start < range.end) {
    const chunk = firstChunk({ start, end: range.end }, maxOrder)
    visit(chunk)
    start += 1 << chunk.order
  }
}

/**
 * Adds to `counts`, by order, the chunks of a wholly free range of any length in a number of steps
 * that does not depend on the length.
 * @param range pfns
 */
export function countChunks(
  range: Range,
  maxOrder: number,
  add: (order: number, count: number) => void,
): void {
  const largest = 2 ** maxOrder
  const head = Math.min(range.end, Math.ceil(range.start / largest) * largest)
  const tail = Math.max(head, range.end - (range.end % largest))
  const addPart = (part: Range): void => {
    // Alignment below the largest chunk is all that counts, so that places stay below 2^32.
    const start = part.start % largest
    const end = start + (part.end - part.start)
    forEachChunk({ start, end }, maxOrder, (chunk) => add(chunk.order, 1))
  }
  addPart({ start: range.start, end: head })
  if (tail > head) add(maxOrder, (tail - head) / largest)
  addPart({ start: tail, end: range.end })
}
