import { describe, expect, test } from 'vitest'
import { nodeId, type Pfn, pfn, physAddr } from '../../src/address/brand'
import { coveredSize } from '../../src/address/interval-set'
import { GIB, MIB } from '../../src/address/units'
import { translateIn } from '../../src/mapping/leaf-list'
import { regionNamed } from '../../src/mapping/table-shape'
import { findLeaf } from '../../src/mapping/table-walk'
import { freeVmemmapIn } from '../../src/mapping/vmemmap-free'
import { populateIn } from '../../src/mapping/vmemmap-populate'
import { hostingIn } from '../../src/memmap-on-memory/hosting'
import type { GenerationRules } from '../../src/model/generation-rules'
import type { RegionChange } from '../../src/model/mapping-change'
import { type FakeTables, fakeTables } from './fake-frames'
import { FOUR_LEVELS, RADIX, withStructPages } from './geometries'

const NODE = nodeId(0)
const LEAF = 2 * MIB

const section = (nr: number, pages = 32768): { start: Pfn; end: Pfn } => ({
  start: pfn(nr * pages),
  end: pfn((nr + 1) * pages),
})

function withSections(
  structPageBytes: number,
  sections: { start: number; end: number },
  neverUsed: GenerationRules['mapping']['neverUsed'],
): FakeTables {
  const tables = fakeTables(withStructPages(structPageBytes))
  for (let nr = sections.start; nr < sections.end; nr++) {
    populateIn(tables, { pages: section(nr), nodeId: NODE, neverUsed })
  }
  return tables
}

const free = (tables: FakeTables, nr: number): RegionChange =>
  freeVmemmapIn(tables, { pages: section(nr), nodeId: NODE, emptyTables: 'free' })

const isMapped = (tables: FakeTables, leaf: number): boolean =>
  findLeaf(tables, regionNamed(tables.shape, 'vmemmap'), leaf * LEAF) !== undefined

/** Leaves by number that went when each section was removed, ascending. */
function goneAfterEach(
  tables: FakeTables,
  sections: { start: number; end: number },
  leaves: readonly number[],
): [leaf: number, section: number][] {
  const gone: [number, number][] = []
  for (let nr = sections.start; nr < sections.end; nr++) {
    const before = leaves.filter((leaf) => isMapped(tables, leaf))
    free(tables, nr)
    for (const leaf of before) if (!isMapped(tables, leaf)) gone.push([leaf, nr])
  }
  return gone
}

describe('vectors of the series of 2012 (its section 8.2)', () => {
  test('struct pages of 64 bytes: each section frees its own leaf', () => {
    const tables = withSections(64, { start: 0, end: 12 }, 'unmarked')
    const gone = goneAfterEach(tables, { start: 8, end: 12 }, [7, 8, 9, 10, 11])
    expect(gone).toEqual([
      [8, 8],
      [9, 9],
      [10, 10],
      [11, 11],
    ])
  })

  test.each([
    { sections: { start: 8, end: 12 }, first: 7 },
    { sections: { start: 16, end: 20 }, first: 14 },
  ])('struct pages of 56 bytes, $sections: the last leaf stays, half marked', (vector) => {
    const { sections, first } = vector
    const tables = withSections(56, { start: 0, end: sections.end }, 'unmarked')
    const leaves = [first - 1, first, first + 1, first + 2, first + 3]
    expect(goneAfterEach(tables, sections, leaves)).toEqual([
      [first, sections.start + 1],
      [first + 1, sections.start + 2],
      [first + 2, sections.start + 3],
    ])
    const left = { start: (first + 3) * LEAF, end: (first + 4) * LEAF }
    expect(isMapped(tables, first + 3)).toBe(true)
    expect(coveredSize(tables.state.unusedVmemmap, left)).toBe(MIB)
    expect(coveredSize(tables.state.unusedVmemmap, { ...left, end: left.start + MIB })).toBe(MIB)
  })

  test('6.1 marks the tail that was never used, so that the last leaf goes too', () => {
    const tables = withSections(56, { start: 0, end: 12 }, 'marked')
    const gone = goneAfterEach(tables, { start: 8, end: 12 }, [6, 7, 8, 9, 10])
    expect(gone.at(-2)).toEqual([9, 11])
    expect(gone.at(-1)).toEqual([10, 11])
    expect(tables.state.unusedVmemmap.ranges).toEqual([])
  })
})

describe('vmemmap', () => {
  test('a leaf that other bytes of are in use is told to be left', () => {
    const tables = withSections(56, { start: 8, end: 10 }, 'marked')
    expect(free(tables, 8)).toMatchObject({
      leaves: [],
      framePages: { allocator: 0 },
      left: [{ offset: 7 * LEAF, leafBytes: LEAF, reason: 'shared' }],
    })
  })

  test('without a large chunk it is mapped by base pages, which go one by one', () => {
    const tables = fakeTables(FOUR_LEVELS)
    tables.frames.limits.set(9, 0)
    populateIn(tables, { pages: section(40), nodeId: NODE, neverUsed: 'marked' })
    expect(tables.frames.count('memmap')).toBe(512)
    expect(free(tables, 40)).toMatchObject({
      leaves: [{ leafBytes: 4096, count: 512 }],
      tables: [
        { level: 'PMD', count: 1 },
        { level: 'PTE', count: 1 },
      ],
      framePages: { allocator: 512 },
    })
    expect(tables.frames.count('memmap')).toBe(0)
  })

  test('memory that holds its own memmap: its first pages back it, and nothing is allocated', () => {
    const tables = fakeTables(FOUR_LEVELS)
    const range = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 256 * MIB) }
    for (const nr of [32, 33]) {
      const pages = section(nr)
      populateIn(tables, {
        pages,
        nodeId: NODE,
        neverUsed: 'marked',
        selfHosted: hostingIn(tables, range),
      })
    }
    expect(tables.frames.count('memmap')).toBe(0)
    const { base } = regionNamed(tables.shape, 'vmemmap')
    const backing = (offset: number): number | undefined =>
      translateIn(tables, base + BigInt(offset))?.physicalAddress
    expect(backing(32 * LEAF)).toBe(4 * GIB)
    expect(backing(33 * LEAF + 64)).toBe(4 * GIB + LEAF + 64)
    const freed = freeVmemmapIn(tables, {
      pages: { start: section(32).start, end: section(33).end },
      nodeId: NODE,
      emptyTables: 'free',
      selfHosted: range,
    })
    expect(freed.framePages).toEqual({ allocator: 0, boot: 0, 'self-hosted': 1024 })
  })

  test('a page just behind memory that holds its own memmap goes back to the allocator', () => {
    const tables = withSections(64, { start: 8, end: 9 }, 'marked')
    const [backing = 0] = [...tables.frames.out]
      .filter(([, frame]) => frame.kind === 'memmap')
      .map(([first]) => first * 4096)
    const freed = freeVmemmapIn(tables, {
      pages: section(8),
      nodeId: NODE,
      emptyTables: 'free',
      selfHosted: { start: physAddr(backing - LEAF), end: physAddr(backing) },
    })
    expect(freed.framePages).toEqual({ allocator: 512, boot: 0, 'self-hosted': 0 })
  })

  test('one leaf of 2 MiB holds the struct pages of 2 GiB of 64 KiB pages', () => {
    const tables = fakeTables(RADIX)
    const pagesPerSection = 256
    const populate = (nr: number): RegionChange =>
      populateIn(tables, {
        pages: section(nr, pagesPerSection * 4),
        nodeId: NODE,
        neverUsed: 'marked',
      })
    const remove = (nr: number): RegionChange =>
      freeVmemmapIn(tables, {
        pages: section(nr, pagesPerSection * 4),
        nodeId: NODE,
        emptyTables: 'free',
      })
    for (const nr of [0, 1, 31]) populate(nr)
    expect(tables.frames.count('memmap')).toBe(1)
    expect(remove(0).left).toHaveLength(1)
    expect(remove(31).left).toHaveLength(1)
    expect(remove(1)).toMatchObject({ leaves: [{ leafBytes: LEAF, count: 1 }], left: [] })
    expect(tables.frames.out.size).toBe(0)
  })
})
