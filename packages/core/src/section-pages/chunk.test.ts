import { describe, expect, test } from 'vitest'
import { countChunks, forEachChunk } from './chunk'

/** Chunks by trying every order at every place, largest first. */
function naive(start: number, end: number, maxOrder: number): number[] {
  const taken = new Set<number>()
  const found: [number, number][] = []
  for (let order = maxOrder; order >= 0; order--) {
    const size = 2 ** order
    for (let at = Math.ceil(start / size) * size; at + size <= end; at += size) {
      const pages = Array.from({ length: size }, (_, i) => at + i)
      if (pages.some((page) => taken.has(page))) continue
      for (const page of pages) taken.add(page)
      found.push([at, order])
    }
  }
  return found.sort(([a], [b]) => a - b).flat()
}

describe('cutting free ranges into chunks', () => {
  test('every range up to 40 pages is cut as the buddy allocator cuts it', () => {
    for (const maxOrder of [0, 1, 3, 5]) {
      for (let start = 0; start <= 40; start++) {
        for (let end = start; end <= 40; end++) {
          const chunks: number[] = []
          forEachChunk({ start, end }, maxOrder, (chunk) => chunks.push(chunk.start, chunk.order))
          expect(chunks).toEqual(naive(start, end, maxOrder))
        }
      }
    }
  })

  test('counting chunks agrees with cutting, also beyond 2^32', () => {
    for (const base of [0, 2 ** 36]) {
      for (let start = 0; start <= 20; start++) {
        for (let end = start; end <= 20; end++) {
          const counts = [0, 0, 0]
          countChunks({ start: base + start, end: base + end }, 2, (order, count) => {
            counts[order] = (counts[order] ?? 0) + count
          })
          const orders = naive(start, end, 2).filter((_, i) => i % 2 === 1)
          expect(counts).toEqual([0, 1, 2].map((o) => orders.filter((order) => order === o).length))
        }
      }
    }
  })
})
