import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pfn, sectionNr } from '../address/brand'
import { tinyMachine } from '../page-check/testing/tiny-machine'
import { zoneOf } from '../zone/zone-table'
import {
  firstListed,
  freeList,
  isListed,
  type ListEnd,
  linkChunk,
  listSize,
  unlinkChunk,
} from './free-list'
import { materialise } from './materialise'
import { zoneSliceAt } from './zone-slice'

const ORDER = 3
const PLACES = 8

/** A section of which all is in use, so that its lists hold what a test puts there. */
function emptySlice() {
  const machine = tinyMachine({ 2: { unmovable: 1024 } })
  const zone = zoneOf(machine, '0/Normal')
  const slice = zoneSliceAt(machine, materialise(machine, sectionNr(2)), 0)
  const list = () => freeList(zone, { order: ORDER, type: 0 })
  const link = (place: number, end: ListEnd): void =>
    linkChunk(slice, { start: place << ORDER, order: ORDER }, end)
  const unlink = (place: number): void =>
    unlinkChunk(slice, { start: place << ORDER, order: ORDER })
  const placeOf = (head: number): number => (pfn(head) - slice.base) >> ORDER
  return { list, link, unlink, placeOf }
}

describe('a free list', () => {
  test('gives the chunk that was freed last, then those that came online, the first first', () => {
    const { list, link, unlink, placeOf } = emptySlice()
    link(0, 'last')
    link(1, 'last')
    link(2, 'first')
    link(3, 'first')
    const given: number[] = []
    for (let head = firstListed(list()); head !== undefined; head = firstListed(list())) {
      given.push(placeOf(head))
      unlink(placeOf(head))
    }
    expect(given).toEqual([3, 2, 0, 1])
    expect(listSize(list())).toBe(0)
  })

  test('is as a plain list that is put to and taken from anywhere', () => {
    const act = fc.record({
      place: fc.nat({ max: PLACES - 1 }),
      end: fc.constantFrom<ListEnd>('first', 'last'),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
        const { list, link, unlink, placeOf } = emptySlice()
        let plain: readonly number[] = []
        for (const { place, end } of acts) {
          if (plain.includes(place)) {
            unlink(place)
            plain = plain.filter((each) => each !== place)
          } else {
            link(place, end)
            plain = end === 'first' ? [place, ...plain] : [...plain, place]
          }
          const head = firstListed(list())
          expect(head === undefined ? undefined : placeOf(head)).toBe(plain[0])
          expect(listSize(list())).toBe(plain.length)
          if (head !== undefined) expect(isListed(list(), head)).toBe(true)
        }
      }),
    )
  })
})
