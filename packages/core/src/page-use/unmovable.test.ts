import { describe, expect, test } from 'vitest'
import { checkPages } from '../page-check/check'
import { countPages } from '../page-check/page-count'
import { sectionRange, wideMachine } from '../page-check/testing/tiny-machine'
import { placeUnmovablePage, removeUnmovablePage } from './unmovable'

describe.each(['kernel', 'pinned'] as const)('a page that cannot move, %s,', (as) => {
  test('is taken from the free ones, and given back', () => {
    const machine = wideMachine(16)
    const range = sectionRange(machine, 4, 4)
    const page = placeUnmovablePage(machine, { range, as })
    if (page === null) throw new Error('there are free pages')
    const { lru, slab } = countPages(machine, range)
    expect({ lru, slab }).toEqual(as === 'kernel' ? { lru: 0, slab: 1 } : { lru: 1, slab: 0 })
    checkPages(machine)
    removeUnmovablePage(machine, page)
    expect(countPages(machine, range).free).toBe(4 * 32_768)
    checkPages(machine)
    expect(() => removeUnmovablePage(machine, page)).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT' }),
    )
  })
})
