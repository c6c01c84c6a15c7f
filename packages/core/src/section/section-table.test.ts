import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeId, pfn, sectionNr } from '../address/brand'
import { TINY, tinyMachine, wideMachine } from '../page-check/testing/tiny-machine'
import {
  addSection,
  bootExtentsIn,
  findSection,
  isSectionPresent,
  presentSectionCount,
  removeSection,
  sectionPages,
  writableSection,
  zoneOfPfn,
} from './section-table'

const nr = sectionNr

describe('the section table', () => {
  test('peeking at an untouched section stores nothing', () => {
    const machine = wideMachine(8)
    expect(findSection(machine, nr(3))).toMatchObject({ nr: 3, early: true, summary: 'free' })
    expect(machine.state.memory.sections.separated.size).toBe(0)
    expect(machine.state.memory.sections.runs).toHaveLength(1)
  })

  test.each([
    [0, [[1, 8]]],
    [
      3,
      [
        [0, 3],
        [4, 8],
      ],
    ],
    [7, [[0, 7]]],
  ])('touching section %i cuts its run', (touched, left) => {
    const machine = wideMachine(8)
    const section = writableSection(machine, nr(touched))
    expect(machine.state.memory.sections.runs.map((run) => [run.start, run.end])).toEqual(left)
    expect(writableSection(machine, nr(touched))).toBe(section)
    expect(presentSectionCount(machine)).toBe(8)
  })

  test('an absent section cannot be touched, and peeking says so', () => {
    const machine = wideMachine(8)
    expect(findSection(machine, nr(8))).toBeUndefined()
    expect(() => writableSection(machine, nr(8))).toThrow('not present')
  })

  test('adding a section that is present is refused with EEXIST', () => {
    const machine = wideMachine(8)
    addSection(machine, { nr: nr(20), nodeId: nodeId(1) })
    for (const taken of [0, 20]) {
      expect(() => addSection(machine, { nr: nr(taken), nodeId: nodeId(0) })).toThrow(
        expect.objectContaining({ code: 'SECTION_EXISTS', errno: 'EEXIST' }),
      )
    }
  })

  test('a removed section comes back as one that was never there at boot', () => {
    const machine = wideMachine(2)
    const section = writableSection(machine, nr(1))
    expect(() => removeSection(machine, nr(1))).toThrow('still in use')
    section.online = false
    section.summary = 'offline'
    removeSection(machine, nr(1))
    expect(isSectionPresent(machine, nr(1))).toBe(false)
    expect(addSection(machine, { nr: nr(1), nodeId: nodeId(0) }).early).toBe(false)
  })

  test('the zone of a page follows the boot extents, and is null in holes and beyond', () => {
    const machine = tinyMachine()
    const zones = [0, 1567, 1568, 4095, 4096, 6655, 6656, 7168].map((at) =>
      zoneOfPfn(machine, pfn(at)),
    )
    expect(zones).toEqual([
      '0/DMA32',
      '0/DMA32',
      '0/Normal',
      '0/Normal',
      '1/Normal',
      '1/Normal',
      null,
      null,
    ])
    expect(bootExtentsIn(machine, sectionPages(machine, nr(1)))).toHaveLength(2)
  })

  test('any order of touching, adding and removing agrees with a flat list of sections', () => {
    const step = fc.tuple(fc.constantFrom('touch', 'add', 'remove'), fc.nat(11))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const machine = wideMachine(8)
        const present = new Map(Array.from({ length: 8 }, (_, at) => [at, 'online']))
        for (const [what, at] of steps) {
          const state = present.get(at)
          if (what === 'touch' && state !== undefined) writableSection(machine, nr(at))
          if (what === 'add' && state === undefined) {
            addSection(machine, { nr: nr(at), nodeId: nodeId(0) })
            present.set(at, 'offline')
          }
          if (what === 'remove' && state === 'offline') {
            removeSection(machine, nr(at))
            present.delete(at)
          }
          for (let other = 0; other < 12; other++) {
            expect(isSectionPresent(machine, nr(other))).toBe(present.has(other))
            expect(findSection(machine, nr(other))?.online).toBe(
              present.has(other) ? present.get(other) === 'online' : undefined,
            )
          }
          expect(presentSectionCount(machine)).toBe(present.size)
        }
      }),
    )
  })

  test('pages of sections beyond 2^32 are exact', () => {
    const machine = wideMachine(2 ** 20)
    const far = nr(2 ** 20 - 1)
    expect(sectionPages(machine, far)).toEqual({ start: 2 ** 35 - 2 ** 15, end: 2 ** 35 })
    expect(zoneOfPfn(machine, pfn(2 ** 35 - 1))).toBe('0/Normal')
    expect(TINY.pagesPerSection).toBe(1024)
  })
})
