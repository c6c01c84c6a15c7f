import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockAt, blockInSlot, blocksIn, placeBlocks, placeOf, slotOf } from './layout'

const ranges = fc
  .array(fc.record({ gap: fc.nat(40), length: fc.integer({ min: 1, max: 90 }), node: fc.nat(3) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((pieces) => {
    let at = 0
    return pieces.map(({ gap, length, node }) => {
      const start = at + gap
      at = start + length
      return { start, end: at, node }
    })
  })

const blocksOf = (pieces: readonly { start: number; end: number }[]): number[] =>
  pieces.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i))

describe('the layout', () => {
  test('gives every block one place, and finds it there again', () => {
    fc.assert(
      fc.property(ranges, (pieces) => {
        const layout = placeBlocks(pieces)
        const blocks = blocksOf(pieces)
        expect(new Set(blocks.map((block) => slotOf(layout, block))).size).toBe(blocks.length)
        for (const block of blocks) {
          expect(blockInSlot(layout, slotOf(layout, block))).toBe(block)
          const place = placeOf(layout, block)
          expect(place?.slot).toBe(slotOf(layout, block))
          expect(blockAt(layout, (place?.x ?? 0) + 0.5, (place?.y ?? 0) + 0.5)?.block).toBe(block)
        }
      }),
    )
  })

  test('lists the blocks of an area, and no others', () => {
    fc.assert(
      fc.property(ranges, (pieces) => {
        const layout = placeBlocks(pieces)
        const all = { left: 0, top: 0, right: layout.width, bottom: layout.height }
        const seen = [...blocksIn(layout, all)].map(({ block }) => block)
        expect(seen.sort((a, b) => a - b)).toEqual(blocksOf(pieces))
        const [some] = seen
        const place = some === undefined ? undefined : placeOf(layout, some)
        if (place === undefined) return
        const inside = {
          left: place.x + 0.2,
          top: place.y + 0.2,
          right: place.x + 0.8,
          bottom: place.y + 0.8,
        }
        expect([...blocksIn(layout, inside)].map(({ block }) => block)).toEqual([some])
      }),
    )
  })

  test('keeps panels apart: no two share a point', () => {
    const layout = placeBlocks(
      Array.from({ length: 7 }, (_, node) => ({
        start: node * 100,
        end: node * 100 + 20 + node,
        node,
      })),
    )
    for (const a of layout.panels) {
      for (const b of layout.panels) {
        if (a === b) continue
        const isApart =
          a.x + a.columns <= b.x ||
          b.x + b.columns <= a.x ||
          a.y + a.rows <= b.y ||
          b.y + b.rows <= a.y
        expect(isApart).toBe(true)
      }
    }
  })

  test('has half a million blocks on a map that fits a screen', () => {
    const layout = placeBlocks(
      Array.from({ length: 16 }, (_, node) => ({
        start: node * 32_768,
        end: (node + 1) * 32_768,
        node,
      })),
    )
    expect(layout.slots).toBe(524_288)
    expect(layout.width / layout.height).toBeGreaterThan(0.8)
    expect(layout.width / layout.height).toBeLessThan(2.6)
  })

  test('finds nothing beside a block', () => {
    const layout = placeBlocks([{ start: 4, end: 6, node: 0 }])
    expect(blockAt(layout, -1, -1)).toBeUndefined()
    expect(blockAt(layout, 5, layout.header + 0.5)).toBeUndefined()
    expect(placeOf(layout, 3)).toBeUndefined()
    expect(slotOf(layout, 6)).toBe(-1)
  })
})
