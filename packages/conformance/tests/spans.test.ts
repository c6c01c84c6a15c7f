// Section 8.3 of the specification of 2012. Zones are bound when blocks come online in 6.1, so that "removal" of the
// series is going offline here; blocks of one section each.
import { blockId, GIB, type Machine, offlineBlock, onlineBlock } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { makeGuest, numbers, plug, unplug, zoneCounts } from './machines'

const SECTION_PAGES = 32_768
/** Sections 8 to 11 of the vectors are blocks 32 to 35 here. */
const OFFSET = 24

/** A device of 512 MiB on the empty node 1, all online in Normal. */
function machineWithNode(): Machine {
  const machine = makeGuest()
  plug(machine, { id: 'dimm', sizeBytes: GIB / 2, node: 1 })
  for (const section of numbers(8, 11))
    onlineBlock(machine, blockId(section + OFFSET), 'online_kernel')
  return machine
}

/** Start and length of a span in the sections of the vectors. */
function inSections(span: { readonly start: number; readonly spanned: number }): readonly number[] {
  const { start, spanned } = span
  return spanned === 0 ? [start, 0] : [start / SECTION_PAGES - OFFSET, spanned / SECTION_PAGES]
}

const zoneSpan = (machine: Machine): readonly number[] =>
  inSections(zoneCounts(machine, '1/Normal'))

function nodeSpan(machine: Machine): readonly number[] {
  const node = [...machine.state.memory.nodes.values()].find(({ id }) => id === 1)
  return inSections({ start: node?.startPfn ?? -1, spanned: node?.spannedPages ?? -1 })
}

const VECTORS = [
  {
    order: [8, 9, 10, 11],
    spans: [
      [9, 3],
      [10, 2],
      [11, 1],
      [0, 0],
    ],
  },
  {
    order: [11, 10, 9, 8],
    spans: [
      [8, 3],
      [8, 2],
      [8, 1],
      [0, 0],
    ],
  },
  {
    order: [9, 10, 8, 11],
    spans: [
      [8, 4],
      [8, 4],
      [11, 1],
      [0, 0],
    ],
  },
  {
    order: [9, 8, 11, 10],
    spans: [
      [8, 4],
      [10, 2],
      [10, 1],
      [0, 0],
    ],
  },
]

describe('the span of a zone and of its node', () => {
  test.each(VECTORS)(
    '2012/I-17.2 2012/I-17.3 v6.1/35: $order leave one by one',
    ({ order, spans }) => {
      const machine = machineWithNode()
      expect([zoneSpan(machine), nodeSpan(machine)]).toEqual([
        [8, 4],
        [8, 4],
      ])
      const seen = order.map((section) => {
        offlineBlock(machine, blockId(section + OFFSET))
        expect(nodeSpan(machine)).toEqual(zoneSpan(machine))
        return zoneSpan(machine)
      })
      expect(seen).toEqual(spans)
    },
  )

  test('2012/I-17.4: what comes back after all have left has exact bounds', () => {
    const machine = machineWithNode()
    for (const section of [8, 9, 10, 11]) offlineBlock(machine, blockId(section + OFFSET))
    expect(nodeSpan(machine)).toEqual([0, 0])
    onlineBlock(machine, blockId(8 + OFFSET), 'online_kernel')
    expect([zoneSpan(machine), nodeSpan(machine)]).toEqual([
      [8, 1],
      [8, 1],
    ])
  })

  test('2012/I-17.4: a node that was empty is empty again when its device has left, and full again when it is back', () => {
    const machine = machineWithNode()
    unplug(machine, 'dimm')
    expect(nodeSpan(machine)).toEqual([0, 0])
    plug(machine, { id: 'dimm', sizeBytes: GIB / 2, node: 1 })
    for (const section of numbers(8, 11))
      onlineBlock(machine, blockId(section + OFFSET), 'online_kernel')
    expect([zoneSpan(machine), nodeSpan(machine)]).toEqual([
      [8, 4],
      [8, 4],
    ])
  })

  test('the subsection that boot memory ends in is of its zone when memory behind it leaves', () => {
    const page = 4096
    const ram = [
      { start: 0, end: 2 * GIB, node: 0 },
      { start: 4 * GIB, end: 4 * GIB + 128 * 2 ** 20 + 52 * page, node: 0 },
    ]
    const machine = makeGuest({ ram })
    plug(machine, { id: 'dimm', sizeBytes: GIB, node: 0 })
    const before = zoneCounts(machine, '0/Normal')
    onlineBlock(machine, blockId(40), 'online_kernel')
    offlineBlock(machine, blockId(40))
    const after = zoneCounts(machine, '0/Normal')
    expect(after.spanned - before.spanned).toBe(512 - 52)
    expect(after.present).toBe(before.present)
  })

  test('boot memory of less than a subsection is a subsection when the memory behind it leaves', () => {
    const ram = [
      { start: 0, end: 2 * GIB, node: 0 },
      { start: 4 * GIB, end: 4 * GIB + 434 * 4096, node: 0 },
    ]
    const machine = makeGuest({ ram })
    plug(machine, { id: 'dimm', sizeBytes: GIB, node: 0 })
    onlineBlock(machine, blockId(40), 'online_kernel')
    offlineBlock(machine, blockId(40))
    expect(zoneCounts(machine, '0/Normal')).toMatchObject({
      start: (4 * GIB) / 4096,
      spanned: 512,
      present: 434,
    })
  })
})
