// Boot memory whose zones and nodes end within blocks, as guests with kernelcore=, memmap= and nodes of odd sizes show it.
import {
  type BootBlockFacts,
  type BootZoneFacts,
  blockId,
  GIB,
  type MachineDescription,
  MIB,
  offlineBlock,
  refusalOf,
} from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { makeGuest, numbers, read, zoneCounts } from './machines'

const PAGE = 4096
const BLOCK_PAGES = 32_768

/** A zone of boot memory without holes, of which a number of pages is reserved. */
const bootZone = (
  node: number,
  zone: string,
  span: { readonly from: number; readonly to: number; readonly reserved?: number },
): BootZoneFacts => {
  const pages = span.to - span.from
  return {
    node,
    zone,
    startPfn: span.from,
    spannedPages: pages,
    presentPages: pages,
    managedPages: pages - (span.reserved ?? 0),
  }
}

const bootBlock = (id: number, zone: string | null, nodes: readonly number[]): BootBlockFacts => ({
  id,
  state: 'online',
  zone,
  nodes,
  early: true,
})

/** 1 GiB of node 0, of which Movable begins in the midst of block 3. `below`, `above`: pages that are reserved in DMA32 and in Movable. */
function withKernelcore(reserved: {
  readonly below: number
  readonly above: number
}): Partial<MachineDescription> {
  const edge = 3 * BLOCK_PAGES + BLOCK_PAGES / 2
  return {
    ram: [{ start: 0, end: GIB, node: 0 }],
    zones: [
      bootZone(0, 'DMA', { from: 0, to: 4096 }),
      bootZone(0, 'DMA32', { from: 4096, to: edge, reserved: reserved.below }),
      bootZone(0, 'Movable', { from: edge, to: GIB / PAGE, reserved: reserved.above }),
    ],
    blocks: [
      bootBlock(0, null, [0]),
      ...[1, 2].map((id) => bootBlock(id, 'DMA32', [0])),
      bootBlock(3, null, [0]),
      ...numbers(4, 7).map((id) => bootBlock(id, 'Movable', [0])),
    ],
  }
}

describe('Movable that begins within a block', () => {
  const half = {
    start: 3 * BLOCK_PAGES + BLOCK_PAGES / 2,
    spanned: BLOCK_PAGES / 2,
    present: BLOCK_PAGES / 2,
  }

  test('keeps its part of that block when a block above is of DMA32, and all others have left', () => {
    const { ram = [], zones = [], blocks = [] } = withKernelcore({ below: 0, above: 0 })
    const moved = (zone: BootZoneFacts): BootZoneFacts => {
      const pages = { DMA: 0, DMA32: BLOCK_PAGES, Movable: -BLOCK_PAGES }[zone.zone] ?? 0
      const spannedPages = zone.zone === 'DMA32' ? 6 * BLOCK_PAGES - 4096 : zone.spannedPages
      const presentPages = zone.presentPages + pages
      return { ...zone, spannedPages, presentPages, managedPages: presentPages }
    }
    const machine = makeGuest({
      ram,
      zones: zones.map(moved),
      blocks: blocks.map((block) => (block.id === 5 ? { ...block, zone: 'DMA32' } : block)),
    })
    for (const id of [7, 6, 4]) offlineBlock(machine, blockId(id))
    expect(zoneCounts(machine, '0/Movable')).toMatchObject(half)
  })

  test('keeps its part of that block when all others have left', () => {
    const machine = makeGuest(withKernelcore({ below: 0, above: 0 }))
    for (const id of [7, 6, 5, 4]) offlineBlock(machine, blockId(id))
    expect(zoneCounts(machine, '0/Movable')).toMatchObject(half)
    expect(read(machine, '/sys/devices/system/memory/memory3/valid_zones')).toBe('none')
  })

  test('is not of the lowest zone there, where that is the only one below it', () => {
    const start = GIB / PAGE
    const edge = start + BLOCK_PAGES / 2
    const machine = makeGuest({
      arch: 'aarch64',
      ram: [{ start: GIB, end: GIB + BLOCK_PAGES * PAGE, node: 0 }],
      zones: [
        bootZone(0, 'DMA', { from: start, to: edge }),
        bootZone(0, 'Movable', { from: edge, to: start + BLOCK_PAGES }),
      ],
      blocks: [bootBlock(8, null, [0])],
    })
    expect(zoneCounts(machine, '0/DMA')).toMatchObject({ start, spanned: BLOCK_PAGES / 2 })
  })

  test('has what boot reserved at its top, and then the zone below it has that at its bottom', () => {
    const memmap = (GIB / PAGE) * (64 / PAGE)
    const machine = makeGuest(withKernelcore({ below: 9000, above: memmap }))
    expect(refusalOf(() => offlineBlock(machine, blockId(7)))?.code).toBe('UNMOVABLE_PAGE')
    expect(offlineBlock(machine, blockId(2))).toBe('done')
  })

  test('has no struct pages where it is too small for them: then the zone below it has them at its top', () => {
    const machine = makeGuest(withKernelcore({ below: 9000 + BLOCK_PAGES / 2, above: 0 }))
    expect(refusalOf(() => offlineBlock(machine, blockId(2)))?.code).toBe('UNMOVABLE_PAGE')
    expect(offlineBlock(machine, blockId(7))).toBe('done')
  })
})

describe('a block of two nodes', () => {
  const edge = 4 * BLOCK_PAGES + 20_000
  const ram = [
    { start: 0, end: edge * PAGE, node: 0 },
    { start: edge * PAGE, end: GIB, node: 1 },
  ]

  test('is of Movable as far as the span of one reaches into it', () => {
    const machine = makeGuest({
      ram,
      zones: [
        bootZone(0, 'DMA', { from: 0, to: 4096 }),
        bootZone(0, 'DMA32', { from: 4096, to: 2 * BLOCK_PAGES }),
        bootZone(0, 'Movable', { from: 2 * BLOCK_PAGES, to: edge }),
        bootZone(1, 'DMA32', { from: edge, to: GIB / PAGE }),
      ],
      blocks: [
        bootBlock(0, null, [0]),
        bootBlock(1, 'DMA32', [0]),
        ...[2, 3].map((id) => bootBlock(id, 'Movable', [0])),
        bootBlock(4, null, [0, 1]),
        ...[5, 6, 7].map((id) => bootBlock(id, 'DMA32', [1])),
      ],
    })
    for (const id of [2, 3]) offlineBlock(machine, blockId(id))
    expect(zoneCounts(machine, '0/Movable')).toMatchObject({
      start: 4 * BLOCK_PAGES,
      spanned: 20_000,
      present: 20_000,
    })
  })

  test('is of DMA32 where Movable has whole blocks on both sides of it', () => {
    const machine = makeGuest({
      ram,
      zones: [
        bootZone(0, 'DMA', { from: 0, to: 4096 }),
        bootZone(0, 'DMA32', { from: 4096, to: edge }),
        {
          ...bootZone(0, 'Movable', { from: 3 * BLOCK_PAGES, to: (4 * GIB) / PAGE + BLOCK_PAGES }),
          presentPages: 2 * BLOCK_PAGES,
          managedPages: 2 * BLOCK_PAGES,
        },
        bootZone(1, 'DMA32', { from: edge, to: GIB / PAGE }),
      ],
      blocks: [
        bootBlock(0, null, [0]),
        ...[1, 2].map((id) => bootBlock(id, 'DMA32', [0])),
        bootBlock(3, 'Movable', [0]),
        bootBlock(4, null, [0, 1]),
        ...[5, 6, 7].map((id) => bootBlock(id, 'DMA32', [1])),
        { ...bootBlock(32, 'Movable', [0]), early: false },
      ],
    })
    offlineBlock(machine, blockId(3))
    expect(zoneCounts(machine, '0/Movable')).toMatchObject({
      start: (4 * GIB) / PAGE,
      spanned: BLOCK_PAGES,
    })
  })

  test('has what boot reserved at the top of the one that ends in it, and the block below can go', () => {
    const machine = makeGuest({ ram })
    expect(offlineBlock(machine, blockId(3))).toBe('done')
    const alone = makeGuest({ ram: [{ start: 0, end: 4 * BLOCK_PAGES * PAGE, node: 0 }] })
    expect(refusalOf(() => offlineBlock(alone, blockId(3)))?.code).toBe('UNMOVABLE_PAGE')
  })

  test('leaves each node the free pages that it was captured with', () => {
    const freePages = [
      { node: 0, pages: 140_000 },
      { node: 1, pages: 107_000 },
    ]
    const machine = makeGuest({ ram, freePages })
    const free = [0, 1].map((node) => {
      const text = read(machine, `/sys/devices/system/node/node${node}/meminfo`)
      return Number(/MemFree: +(\d+)/.exec(text)?.[1]) * (1024 / PAGE)
    })
    expect(free).toEqual([140_000, 107_000])
  })
})

describe('a hole that begins or ends within a subsection', () => {
  /** Three pieces of boot memory in Normal of node 0, the one in the midst of a whole block; its end is node 1's. */
  const spanWithout = (ram: MachineDescription['ram'], id: number): object => {
    const use = {
      ...{ reserved: 0, unmovable: 0, movable: 0, pinned: 0 },
      ...{ withheld: 0, poisoned: 0, hugetlb: 0, hugetlbFree: 0 },
    }
    const machine = makeGuest({
      ram: [{ start: 0, end: 2 * GIB, node: 0 }, ...ram],
      blocks: [{ ...bootBlock(id, 'Normal', [0]), use }],
    })
    offlineBlock(machine, blockId(id))
    return zoneCounts(machine, '0/Normal')
  }
  const at = (mib: number): number => 4 * GIB + mib * MIB

  test('is of the memory behind it, down to which the span of its zone shrinks', () => {
    const ram = [
      { start: at(0), end: at(129), node: 0 },
      { start: at(256), end: at(384), node: 0 },
    ]
    expect(spanWithout(ram, 34)).toMatchObject({ start: at(0) / PAGE, spanned: (130 * MIB) / PAGE })
  })

  test('is of the memory behind it, up to which the span of its zone shrinks', () => {
    const ram = [
      { start: at(0), end: at(128), node: 0 },
      { start: at(129), end: at(256), node: 0 },
    ]
    expect(spanWithout(ram, 32)).toMatchObject({
      start: at(128) / PAGE,
      spanned: (128 * MIB) / PAGE,
    })
  })

  test('is not of the memory before it where another node has that behind it', () => {
    const ram = [
      { start: at(0), end: at(129), node: 0 },
      { start: at(256), end: at(384), node: 1 },
      { start: at(384), end: at(512), node: 0 },
    ]
    expect(spanWithout(ram, 35)).toMatchObject({ start: at(0) / PAGE, spanned: (128 * MIB) / PAGE })
  })
})
