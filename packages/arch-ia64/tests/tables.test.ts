// Geometry, entries and what an add makes, on each kind of ia64 kernel. Numbers: series, sections 5.0 and 5.5; spec 7.1, 7.2.
import {
  addMemory,
  createMachine,
  GIB,
  KIB,
  type Machine,
  MIB,
  nodeId,
  physAddr,
  removeMemory,
  SUBSYSTEMS,
} from '@memhp/core'
import { countLevels, wholeRegion } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { type Ia64Options, ia64, ia64Geometry } from '../src/index'

const optionsOf = (given: Partial<Ia64Options>): Ia64Options => ia64.parseOptions(given)

const boot = (archOptions: Partial<Ia64Options>): Machine =>
  createMachine(
    {
      arch: 'ia64',
      archOptions,
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 4 * GIB, node: 0 }],
    },
    { archs: [ia64], drivers: [], subsystems: SUBSYSTEMS },
  )

const leaves = (machine: Machine): number =>
  countLevels(machine, wholeRegion(machine, 'vmemmap')).reduce(
    (sum, level) => sum + level.leaves,
    0,
  )

describe('sections are 1 GiB, and larger where the largest chunk is', () => {
  test.each([
    [4 * KIB, true, 30],
    [8 * KIB, true, 30],
    [16 * KIB, true, 30],
    [64 * KIB, true, 32],
    [64 * KIB, false, 30],
  ])('pages of %i bytes, huge pages %s: 2^%i', (pageBytes, hugePages, bits) => {
    expect(ia64Geometry(optionsOf({ pageBytes, hugePages })).sectionSizeBits).toBe(bits)
  })
})

describe('the memmap begins in region 5 at 2^(4 * page shift - 10)', () => {
  test.each([
    [4 * KIB, 3, 0xa000_0040_0000_0000n],
    [16 * KIB, 3, 0xa000_4000_0000_0000n],
    [64 * KIB, 3, 0xa040_0000_0000_0000n],
    // With four levels, with the next entry of the top level.
    [4 * KIB, 4, 0xa000_0080_0000_0000n],
  ] as const)('pages of %i bytes, %i levels', (pageBytes, levels, base) => {
    const { vmemmap } = boot({ pageBytes, levels }).arch.mapping
    expect(vmemmap).toMatchObject({ kind: 'radix', base, leaves: [pageBytes] })
  })
})

describe('entries', () => {
  const { tables } = boot({}).arch.mapping
  test('of a page are those of PAGE_KERNEL: present, accessed, dirty, read write execute, exception deferral', () => {
    expect(tables?.entries.leaf(3 * GIB, 2)).toEqual({
      low: (3 * GIB + 0x661) >>> 0,
      high: 2 ** 20,
    })
  })
  test('of a table are its address alone, and an empty one is zero', () => {
    expect(tables?.entries.table(5 * GIB, 0)).toEqual({ low: GIB, high: 1 })
    expect(tables?.entries.none(0)).toEqual({ low: 0, high: 0 })
  })
})

describe.each([
  [{ pageBytes: 4 * KIB, levels: 4 }, 4096],
  [{ pageBytes: 8 * KIB }, 1024],
  [{ pageBytes: 16 * KIB }, 256],
] as const)('a section of 1 GiB with %o', (archOptions, pages) => {
  const range = { start: physAddr(5 * GIB), end: physAddr(6 * GIB) }
  const machine = boot(archOptions)
  const before = leaves(machine)
  const free = (): number =>
    [...machine.state.memory.zones.values()].reduce((sum, zone) => sum + zone.free.freePages, 0)

  test('has its struct pages in base pages, which stay when it goes and serve the next one', () => {
    addMemory(machine, { range, nodeId: nodeId(0) })
    expect(leaves(machine) - before).toBe(pages)
    removeMemory(machine, { range })
    expect(leaves(machine) - before).toBe(pages)
    const left = free()
    addMemory(machine, { range, nodeId: nodeId(0) })
    expect(left - free()).toBe(0)
    checkInvariants(machine)
  })
})

test('region 7 maps memory by granules', () => {
  for (const granuleBytes of [16 * MIB, 64 * MIB]) {
    const machine = boot({ granuleBytes })
    const { direct } = machine.arch.mapping
    expect(direct).toMatchObject({ kind: 'fixed', base: 0xe000_0000_0000_0000n })
    const found = direct.kind === 'fixed' && direct.translation?.(machine, 100 * MIB)
    expect(found).toMatchObject({
      start: granuleBytes === 16 * MIB ? 96 * MIB : 64 * MIB,
      bytes: granuleBytes,
    })
  }
})
