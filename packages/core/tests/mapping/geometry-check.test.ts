import { describe, expect, test } from 'vitest'
import { GIB, MIB } from '../../src/address/units'
import { bitEntries } from '../../src/mapping/bit-entries'
import { pageTableProblem } from '../../src/mapping/geometry-check'
import { LEAF_RUNS } from '../../src/mapping/leaf-run-marking'
import { SHARED_TABLE_PAGES } from '../../src/mapping/shared-table-pages'
import { bootTablePfn, isBootFrame, regionsIn, tableShape } from '../../src/mapping/table-shape'
import type { KernelMapping } from '../../src/model/kernel-mapping'
import type { BitLetter, EntryBits, PageTableGeometry } from '../../src/model/page-table-geometry'
import { FOUR_LEVELS, GEOMETRIES } from './geometries'

const { mapping } = FOUR_LEVELS
const four = mapping.tables as PageTableGeometry
const vmemmap = { kind: 'radix', base: 0xffff_ea00_0000_0000n, leaves: [2 * MIB, 4096] } as const

const P: BitLetter = ['P', 0, 'present']
const UNMARKED: EntryBits = { table: [0], leaf: [0, 7], address: { from: 12, end: 52 } }
const BITS: EntryBits = { ...UNMARKED, leafMark: [7], letters: [P] }

const problem = (change: Partial<KernelMapping>): string | undefined =>
  pageTableProblem({ ...FOUR_LEVELS, mapping: { ...mapping, ...change } })

describe('boot frames', () => {
  const all = Object.entries(GEOMETRIES).flatMap(([name, arch]) => {
    const tiny = { ...arch, geometry: { ...arch.geometry, maxPhysMemBits: 20 } }
    const onlyMemmap: KernelMapping = { ...arch.mapping, direct: { kind: 'fixed', base: 0n } }
    return [
      [name, arch],
      [`${name}, 1 MiB`, tiny],
      [`${name}, vmemmap alone`, { ...arch, mapping: onlyMemmap }],
    ] as const
  })

  test.each(all)('of a table are aligned to its size, %s', (_, arch) => {
    const shape = tableShape(arch)
    for (const level of shape.levels) {
      for (const region of regionsIn(shape)) {
        for (const offset of [0, region.limitBytes - shape.pageBytes]) {
          const frame = bootTablePfn(shape, region, level, offset)
          expect(frame % (2 ** level.tableOrder / level.tablesPerPage)).toBe(0)
          expect(isBootFrame(shape, frame)).toBe(true)
          expect(frame).toBeLessThan(shape.bootFrameEnd)
        }
      }
    }
  })
})

describe('pageTableProblem', () => {
  test.each(Object.entries(GEOMETRIES))('accepts %s', (_, arch) => {
    expect(pageTableProblem(arch)).toBeUndefined()
  })

  test('accepts a bit of large leaves below their address, where that of others is', () => {
    const bits = { ...BITS, largeLeaf: [0, 7, 12] }
    const entries = bitEntries(four.levels, bits)
    expect(problem({ tables: { ...four, entries } })).toBeUndefined()
  })

  test.each<[string, Partial<KernelMapping>]>([
    ['a direct map without tables', { direct: { kind: 'fixed', base: 0n } }],
    ['a kernel without a vmemmap', { vmemmap: { kind: 'none' } }],
  ])('accepts %s', (_, change) => expect(problem(change)).toBeUndefined())

  const tables = (change: Partial<PageTableGeometry>): Partial<KernelMapping> => ({
    tables: { ...four, ...change },
  })

  const runOf = (name: string, entries: number, markBit = 55): Partial<KernelMapping> =>
    tables({
      levels: four.levels.map((level) =>
        level.name === name ? { ...level, run: { entries, markBit, marking: LEAF_RUNS } } : level,
      ),
    })
  const sharing = (name: string, tablesPerPage: number, indexBits = 9): Partial<KernelMapping> =>
    tables({
      sharing: SHARED_TABLE_PAGES,
      levels: four.levels.map((level, i) => ({
        ...level,
        ...(level.name === name ? { tablesPerPage } : {}),
        ...(i === four.levels.length - 1 ? { indexBits } : { shift: level.shift - 9 + indexBits }),
      })),
    })
  const runsInVmemmap = { ...runOf('PTE', 16), vmemmap: { ...vmemmap, leaves: [2 * MIB, 65536] } }

  test.each<[string, Partial<KernelMapping>, RegExp]>([
    ['runs that are not a part of a table', runOf('PTE', 512), /run of 512 entries is not a part/],
    ['runs of three entries', runOf('PMD', 3), /run of 3 entries/],
    ['runs in the top level', runOf('PGD', 16), /PGD: the top level has no runs/],
    ['a mark beyond the entry', runOf('PTE', 16, 64), /PTE: bit 64/],
    ['a mark that single leaves have', runOf('PTE', 16, 0), /PTE: a single leaf has the bit/],
    [
      'runs in the vmemmap',
      runsInVmemmap,
      /vmemmap leaf of 0x10000 bytes: runs are for the direct/,
    ],
    ['tables that share a page and fill it', sharing('PTE', 2), /PTE: 2 tables of 4096 bytes to a/],
    ['three tables to a page', sharing('PTE', 3, 7), /PTE: 3 tables of 1024 bytes.*power of two/],
    ['a top level that shares a page', sharing('PGD', 1), /PGD: the top-level table shares no/],
    [
      'entries that lose where in its page a table is',
      {
        ...sharing('PTE', 2, 8),
        direct: { kind: 'none' },
        vmemmap: { ...vmemmap, leaves: [4096] },
      },
      /PTE: table 0x[0-9a-f]+800 is read back as 0x[0-9a-f]+000/,
    ],
    ['no level', tables({ levels: [] }), /no level/],
    [
      'a shift that the levels below do not make',
      tables({
        levels: four.levels.map((level, i) => (i === 1 ? { ...level, shift: 31 } : level)),
      }),
      /PUD: shift is 31/,
    ],
    [
      'a direct map that begins inside an entry of the top level',
      { direct: { kind: 'radix', base: 0xffff_8880_4000_0000n, leaves: [2 * MIB] } },
      /direct region does not begin/,
    ],
    [
      'a vmemmap that begins inside a leaf',
      { vmemmap: { ...vmemmap, base: 0xffff_ea00_0010_0000n } },
      /vmemmap region begins inside a leaf/,
    ],
    [
      'regions that overlap',
      { vmemmap: { ...vmemmap, base: 0xffff_8900_0000_0000n } },
      /overlap: direct takes entries 273 to 400 of the PGD, vmemmap 274 to 275/,
    ],
    [
      'a bit that a word has not',
      tables({ entries: bitEntries(four.levels, { ...BITS, leaf: [0, 64] }) }),
      /entries.leaf: 64 is not a bit/,
    ],
    [
      'a bit of a letter that a word has not',
      tables({ entries: bitEntries(four.levels, { ...BITS, letters: [['X', -1, 'no']] }) }),
      /entries.letters: -1 is not a bit/,
    ],
    [
      'a letter for two bits',
      tables({ entries: bitEntries(four.levels, { ...BITS, letters: [P, ['P', 1, 'no']] }) }),
      /entries.letters: P is there twice/,
    ],
    [
      'a bit of tables in the address',
      tables({ entries: bitEntries(four.levels, { ...BITS, table: [0, 20] }) }),
      /entries.table: bit 20 is one of the address, which has 12 to 51/,
    ],
    [
      'a bit of large leaves in their address',
      tables({ entries: bitEntries(four.levels, { ...BITS, largeLeaf: [0, 7, 21] }) }),
      /entries.largeLeaf: bit 21 is one of the address, which has 21 to 51/,
    ],
    [
      'an address of no bits',
      tables({ entries: bitEntries(four.levels, { ...BITS, address: { from: 52, end: 52 } }) }),
      /entries.address: from 52 to before 52/,
    ],
    [
      'a direct map that begins inside a leaf',
      {
        direct: { kind: 'radix', base: 0n, leaves: [GIB, 2 * MIB], startAddress: 512 * MIB },
      },
      /direct region begins with 0x20000000, which is inside a leaf/,
    ],
    ['a leaf size that no level has', { vmemmap: { ...vmemmap, leaves: [4 * MIB] } }, /no level/],
    [
      'leaf sizes out of order',
      { vmemmap: { ...vmemmap, leaves: [4096, 2 * MIB] } },
      /largest first/,
    ],
    [
      'two counters of one name',
      {
        direct: {
          kind: 'radix',
          base: 0xffff_8880_0000_0000n,
          leaves: [4096],
          counters: [
            { sizeBytes: 4096, counter: 'DirectMap4k' },
            { sizeBytes: 2 * MIB, counter: 'DirectMap4k' },
          ],
        },
      },
      /share a counter/,
    ],
    ['tables for no region', { direct: { kind: 'none' }, vmemmap: { kind: 'none' } }, /no region/],
    ['a permanent table of no level', tables({ permanentTables: ['P4D'] }), /no level "P4D"/],
    [
      'second tables of boot that do not stay',
      tables({ permanentTables: [], secondTables: 'at-boot' }),
      /those of level "PUD", which come at boot/,
    ],
    ['the top level as a permanent table', tables({ permanentTables: ['PGD'] }), /no level "PGD"/],
    [
      'boot frames that are not aligned',
      tables({ bootFrameBase: 2 ** 46 + 4096 }),
      /bootFrameBase/,
    ],
    [
      'entries that lose address bits',
      tables({ entries: { ...four.entries, address: (low) => low - (low % 4096) } }),
      /read back/,
    ],
    [
      'a leaf whose address is in two fields',
      tables({
        entries: {
          ...four.entries,
          leaf: (address, level) => {
            const { low, high } = four.entries.leaf(address, level)
            return address === 2 * MIB && level === 2
              ? { low, high: high + 2 ** 20 }
              : { low, high }
          },
        },
      }),
      /PMD: leaves of neighbouring memory are not the same step apart/,
    ],
    [
      'a table entry that reads as a leaf',
      tables({ entries: { ...four.entries, isLeaf: () => true } }),
      /PUD: an entry that points at a table is read as a leaf/,
    ],
    [
      'a leaf that reads as a table',
      tables({ entries: bitEntries(four.levels, { ...BITS, leafMark: [9] }) }),
      /PUD: a leaf is read as one that points at a table/,
    ],
    [
      'leaves above the last level where no bit marks them',
      tables({ entries: bitEntries(four.levels, UNMARKED) }),
      /PUD: a leaf is read as one that points at a table/,
    ],
    [
      'an empty entry that is not none',
      tables({ entries: { ...four.entries, none: () => ({ low: 1, high: 0 }) } }),
      /not none/,
    ],
  ])('refuses %s', (_, change, message) => {
    expect(problem(change)).toMatch(message)
  })
})
