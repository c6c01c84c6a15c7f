import {
  addMemory,
  blockId,
  fingerprint,
  GIB,
  type Machine,
  MIB,
  offlineBlock,
  refusalOf,
  removeMemory,
  sectionNr,
  TIB,
} from '@memhp/core'
import {
  canonicalMemory,
  checkArchState,
  type LeafRun,
  listLeaves,
  NOTHING_USED,
  regionBase,
  translate,
} from '@memhp/core/inspect'
import { type ArchAddRequest, isSectionPresent, PAGE_TABLES } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { FAILED_ADD_LEAVES } from '../src/index'
import { boot, freePages, NODE, rangeOf } from './machines'

const WINDOW = rangeOf(4 * GIB, 64 * GIB)

const direct = (machine: Machine): readonly LeafRun[] =>
  listLeaves(machine, {
    region: 'direct',
    offset: WINDOW.start,
    sizeBytes: WINDOW.end - WINDOW.start,
  })
const sizes = (runs: readonly LeafRun[]): [number, number][] =>
  runs.map((run) => [run.leafBytes, run.count])

const request = (start: number, sizeBytes: number): ArchAddRequest => ({
  range: rangeOf(start, sizeBytes),
  nodeId: NODE,
  selfHostedMemmap: false,
})

const counters = (machine: Machine): (string | undefined)[] => [
  ...(machine.arch.meminfo?.(machine) ?? []),
]

/** The kernel's page tables, as they count. */
const tablesOf = (machine: Machine): unknown => structuredClone(canonicalMemory(machine).arch)

describe('adding and removing memory', () => {
  test('the counters of /proc/meminfo are printed as the kernel does', () => {
    const machine = boot({ directMapBytes: { 4096: 24448 * 1024, 2097152: 1000 * MIB } })
    expect(counters(machine)).toEqual([
      'DirectMap4k:       24448 kB',
      'DirectMap2M:     1024000 kB',
      'DirectMap1G:           0 kB',
    ])
    const small = boot({ archOptions: { gbpages: false } })
    expect(counters(small)).toHaveLength(2)
  })

  test.each([4, 5] as const)(
    'what is added is mapped, and what is removed is not, %i levels',
    (levels) => {
      const machine = boot({ archOptions: { levels } })
      const before = tablesOf(machine)
      const range = rangeOf(4 * GIB, 2 * GIB)
      addMemory(machine, { range, nodeId: NODE })
      checkArchState(machine)
      expect(sizes(direct(machine))).toEqual([[GIB, 2]])
      const base = regionBase(machine.arch.mapping.direct) ?? 0n
      expect(translate(machine, base + BigInt(5 * GIB + 5))).toMatchObject({
        physicalAddress: 5 * GIB + 5,
        level: 'PUD',
        flags: 'XGPDA---W',
      })
      removeMemory(machine, { range })
      checkArchState(machine)
      expect(direct(machine)).toEqual([])
      expect(translate(machine, base + BigInt(5 * GIB + 5))).toBeUndefined()
      expect(tablesOf(machine)).toEqual(before)
      expect(PAGE_TABLES.of(machine).flushes.all).toBeGreaterThan(0)
    },
  )

  test('a captured host shows its own counters, memory that was hot-added before included', () => {
    const machine = boot({
      directMapBytes: { 4096: 24 * MIB, 2097152: 2 * GIB, 1073741824: 0 },
      blocks: [32, 33].map((id) => ({
        id,
        state: 'offline',
        zone: null,
        nodes: [0],
        early: false,
      })),
    })
    expect(counters(machine)[1]).toBe('DirectMap2M:     2097152 kB')
    checkArchState(machine)
    removeMemory(machine, { range: rangeOf(4 * GIB, 256 * MIB) })
    expect(counters(machine)[1]).toBe('DirectMap2M:     1835008 kB')
    checkArchState(machine)
  })

  test('a leaf of 1 GiB is split when a block of it goes, and the rest stays mapped', () => {
    const machine = boot()
    addMemory(machine, { range: rangeOf(4 * GIB, GIB), nodeId: NODE })
    removeMemory(machine, { range: rangeOf(4 * GIB + 256 * MIB, 128 * MIB) })
    checkArchState(machine)
    expect(sizes(direct(machine))).toEqual([
      [2 * MIB, 128],
      [2 * MIB, 320],
    ])
    const base = regionBase(machine.arch.mapping.direct) ?? 0n
    expect(translate(machine, base + BigInt(4 * GIB + 256 * MIB))).toBeUndefined()
    expect(translate(machine, base + BigInt(4 * GIB + 256 * MIB - 1))).toBeDefined()
  })

  test('struct pages of 56 bytes: the leaf at the edge of boot memory is shared with the device', () => {
    const machine = boot({ archOptions: { structPageBytes: 56 } })
    const memmap = (): number =>
      listLeaves(machine, { region: 'vmemmap', offset: 0, sizeBytes: 256 * MIB }).reduce(
        (sum, run) => sum + run.count,
        0,
      )
    const before = memmap()
    const range = rangeOf(2 * GIB, 512 * MIB)
    addMemory(machine, { range, nodeId: NODE })
    checkArchState(machine)
    // 4 sections of 1.75 MiB each: 7 MiB, which is three leaves and a half.
    expect(memmap()).toBe(before + 4)
    removeMemory(machine, { range })
    checkArchState(machine)
    expect(memmap()).toBe(before)
  })

  test('boot memory can go: its memmap pages stay reserved, and a leaf whose tail boot never used goes', () => {
    const machine = boot({
      archOptions: { structPageBytes: 56 },
      ram: [{ start: MIB, end: GIB + 128 * MIB, node: 0 }],
      blocks: [
        { id: 8, state: 'online', zone: 'DMA32', nodes: [0], early: true, use: NOTHING_USED },
      ],
    })
    const base = regionBase(machine.arch.mapping.vmemmap) ?? 0n
    // Section 8 has bytes 14 to 15.75 MiB of the memmap.
    const leafOfSection8 = base + BigInt(14 * MIB)
    expect(translate(machine, leafOfSection8)).toBeDefined()
    const free = freePages(machine)
    offlineBlock(machine, blockId(8))
    removeMemory(machine, { range: rangeOf(GIB, 128 * MIB) })
    checkArchState(machine)
    expect(translate(machine, leafOfSection8)).toBeUndefined()
    expect(freePages(machine)).toBe(free - 32768)
    expect(PAGE_TABLES.of(machine).unusedVmemmap.ranges).toEqual([])
  })

  test('memory that holds its own memmap takes no page from elsewhere for it', () => {
    const machine = boot({ cmdline: 'memory_hotplug.memmap_on_memory=1' })
    const range = rangeOf(4 * GIB, 128 * MIB)
    addMemory(machine, { range, nodeId: NODE, memmapOnMemory: true })
    checkArchState(machine)
    const base = regionBase(machine.arch.mapping.vmemmap) ?? 0n
    expect(translate(machine, base + BigInt(4 * GIB) / 64n)?.physicalAddress).toBe(4 * GIB)
    removeMemory(machine, { range })
    checkArchState(machine)
    expect(translate(machine, base + BigInt(4 * GIB) / 64n)).toBeUndefined()
  })

  test('a range with a section that exists is refused, and the direct map stays', () => {
    const machine = boot()
    machine.arch.addMemory(machine, request(4 * GIB + 128 * MIB, 128 * MIB))
    expect(() => machine.arch.addMemory(machine, request(4 * GIB, 512 * MIB))).toThrowError(
      expect.objectContaining({ code: 'SECTION_EXISTS', errno: 'EEXIST' }),
    )
    expect(FAILED_ADD_LEAVES).toEqual(['direct map', 'earlier sections'])
    expect(sizes(direct(machine))).toEqual([[2 * MIB, 256]])
    expect(isSectionPresent(machine, sectionNr(32))).toBe(true)
    expect(isSectionPresent(machine, sectionNr(34))).toBe(false)
    checkArchState(machine)
  })

  test('without memory for the memmap the add fails where it ran out, and what came before stays', () => {
    const machine = boot({ ram: [{ start: 0x1000, end: 96 * MIB, node: 0 }] })
    expect(() => machine.arch.addMemory(machine, request(4 * GIB, 16 * GIB))).toThrowError(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', errno: 'ENOMEM' }),
    )
    checkArchState(machine)
    expect(sizes(direct(machine))).toEqual([[GIB, 16]])
    const present = Array.from({ length: 128 }, (_, i) =>
      isSectionPresent(machine, sectionNr(32 + i)),
    )
    const added = present.filter(Boolean).length
    expect(added).toBeGreaterThan(0)
    expect(present.indexOf(false)).toBe(added)
    // It can be taken back all the same.
    machine.arch.removeMemory(machine, request(4 * GIB, 16 * GIB))
    checkArchState(machine)
    expect(direct(machine)).toEqual([])
  })

  test.each([4, 5] as const)(
    '60 TiB boot as 1 GiB does: no table is materialised, %i levels',
    (levels) => {
      const machine = boot({
        archOptions: { levels },
        ram: [{ start: MIB, end: 60 * TIB, node: 0 }],
      })
      const mapping = PAGE_TABLES.of(machine)
      expect(mapping.tables.size).toBe(0)
      expect(mapping.boot.direct.length + mapping.boot.vmemmap.length).toBeLessThan(10)
      const before = fingerprint(machine)
      const base = regionBase(machine.arch.mapping.direct) ?? 0n
      expect(translate(machine, base + BigInt(59 * TIB + 7))?.physicalAddress).toBe(59 * TIB + 7)
      expect(fingerprint(machine)).toBe(before)
      addMemory(machine, { range: rangeOf(60 * TIB, 2 * GIB), nodeId: NODE })
      checkArchState(machine)
      expect(PAGE_TABLES.of(machine).tables.size).toBeLessThan(10)
    },
  )

  test.each([
    [4, 64 * TIB],
    [5, 2 ** 52 - 128 * TIB],
  ] as const)(
    'memory comes up to the end of what can be mapped, and none beyond, %i levels',
    (levels, end) => {
      // Found by MEMHP_SEED=-2057708298 of the contracts: above 2^52 - 128 TiB stand the frames of boot tables.
      const machine = boot({ archOptions: { levels } })
      expect(machine.arch.mappable.end).toBe(end)
      addMemory(machine, { range: rangeOf(end - 2 * GIB, 2 * GIB), nodeId: NODE })
      checkArchState(machine)
      const beyond = { range: rangeOf(end, 128 * MIB), nodeId: NODE }
      expect(refusalOf(() => addMemory(machine, beyond))).toMatchObject({
        code: 'ADDRESS_OUT_OF_REACH',
        errno: 'E2BIG',
        detail: { limit: end },
      })
      const ram = [{ start: MIB, end: end + MIB, node: 0 }]
      expect(refusalOf(() => boot({ archOptions: { levels }, ram }))?.code).toBe('BAD_DESCRIPTION')
    },
  )
})
