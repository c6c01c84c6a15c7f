import {
  addMemory,
  fingerprint,
  GIB,
  type Machine,
  MIB,
  removeMemory,
  sectionNr,
  TIB,
} from '@memhp/core'
import { checkArchState } from '@memhp/core/inspect'
import { allocatePages, formatWord, hasBit, isSectionPresent } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { type BoltedEntry, findBolted, listGroup } from '../src/index'
import { boot, freePages, linearAddress, NODE, rangeOf } from './machines'

/** 2048 groups that stay. Pages at the same place of 32 GiB share a group. */
const CROWDED = { mmu: 'hash', hptShift: 18, hptResize: false }
const STRIDE = 32 * GIB

const boltedAt = (machine: Machine, address: number): BoltedEntry => {
  const found = findBolted(machine, linearAddress(address))
  if (found === undefined) throw new Error(`0x${address.toString(16)} is not bolted`)
  return found
}

const valid = (machine: Machine, group: number): boolean[] =>
  (listGroup(machine, group) ?? []).map(({ v }) => hasBit(v.low, v.high, 0))

describe('the hash page table', () => {
  test('maps boot memory by pages of 16 MiB', () => {
    const machine = boot({ archOptions: { mmu: 'hash' } })
    const { physicalAddress, pageBytes, kind, v, r } = boltedAt(machine, GIB + 5)
    expect({ physicalAddress, pageBytes, kind }).toEqual({
      physicalAddress: GIB,
      pageBytes: 16 * MIB,
      kind: 'primary',
    })
    expect(formatWord(v.low, v.high)).toMatch(/^0x4.*15$/)
    expect(formatWord(r.low, r.high)).toBe('0x0000000040000194')
    expect(findBolted(machine, linearAddress(2 * GIB))).toBeUndefined()
    expect(findBolted(machine, 0n)).toBeUndefined()
    expect(findBolted(machine, 2n ** 64n - 1n)).toBeUndefined()
    expect(machine.arch.meminfo?.(machine)).toEqual([])
  })

  test.each([TIB, 255 * GIB])('the kernel does not boot with a table too small for %i', (end) => {
    const ram = [{ start: 0, end, node: 0 }]
    expect(() => boot({ archOptions: CROWDED, ram })).toThrowError(
      expect.objectContaining({ code: 'BAD_DESCRIPTION' }),
    )
  })

  test('where eight pages share a group, the ninth goes to its complement, and comes back out of it', () => {
    const ram = Array.from({ length: 8 }, (_, i) => ({
      start: i * STRIDE,
      end: i * STRIDE + 2 * GIB,
      node: 0,
    }))
    const machine = boot({ archOptions: CROWDED, ram })
    const before = fingerprint(machine)
    const { group } = boltedAt(machine, GIB)
    expect(valid(machine, group)).toEqual(Array.from({ length: 8 }, () => true))
    expect(valid(machine, 2047 - group).some(Boolean)).toBe(false)
    const range = rangeOf(8 * STRIDE + GIB, 256 * MIB)
    addMemory(machine, { range, nodeId: NODE })
    checkArchState(machine)
    const ninth = boltedAt(machine, range.start)
    expect(ninth).toMatchObject({
      group: 2047 - group,
      slot: 0,
      kind: 'secondary',
      physicalAddress: range.start,
    })
    expect(hasBit(ninth.v.low, ninth.v.high, 1)).toBe(true)
    removeMemory(machine, { range })
    checkArchState(machine)
    expect(findBolted(machine, linearAddress(range.start))).toBeUndefined()
    expect(fingerprint(machine)).toBe(before)
  })

  test('a slot that became free is the next to be taken', () => {
    const ram = Array.from({ length: 4 }, (_, i) => ({
      start: i * STRIDE,
      end: i * STRIDE + 2 * GIB,
      node: 0,
    }))
    const machine = boot({ archOptions: CROWDED, ram })
    const first = boltedAt(machine, STRIDE)
    const added = [4, 5].map((i) => rangeOf(i * STRIDE, 256 * MIB))
    for (const range of added) addMemory(machine, { range, nodeId: NODE })
    expect(boltedAt(machine, 5 * STRIDE).slot).toBe(5)
    removeMemory(machine, { range: rangeOf(4 * STRIDE, 256 * MIB) })
    addMemory(machine, { range: rangeOf(6 * STRIDE, 256 * MIB), nodeId: NODE })
    expect(boltedAt(machine, 6 * STRIDE)).toMatchObject({ group: first.group, slot: 4 })
    checkArchState(machine)
  })

  test('where both groups are full the add fails with EFAULT, and nothing has changed', () => {
    // 256 GiB would fill all 2048 * 8 places, but the vmemmap is there too.
    const ram = [{ start: 0, end: 224 * GIB, node: 0 }]
    const machine = boot({ archOptions: CROWDED, ram })
    const before = fingerprint(machine)
    expect(() =>
      addMemory(machine, { range: rangeOf(224 * GIB, 32 * GIB), nodeId: NODE }),
    ).toThrowError(expect.objectContaining({ code: 'MAPPING_FAILED', errno: 'EFAULT' }))
    checkArchState(machine)
    expect(fingerprint(machine)).toBe(before)
    expect(machine.state.journal.log.at(-1)?.text).toBe(
      'Unable to create linear mapping for 0x3800000000..0x4000000000: -1',
    )
  })

  /** log2 of the bytes of the table. */
  const shiftOf = (machine: Machine): number => {
    let shift = 18
    while (listGroup(machine, 2 ** (shift - 7)) !== undefined) shift += 1
    return shift
  }

  test.each([
    [21, 22],
    [22, 22],
    [23, 23],
    // What QEMU gives a guest of 2 GiB: the first add shrinks it.
    [24, 22],
  ])('a table of 2^%i bytes with 2.25 GiB of memory is made one of 2^%i', (hptShift, after) => {
    const machine = boot({ archOptions: { mmu: 'hash', hptShift } })
    addMemory(machine, { range: rangeOf(2 * GIB, 256 * MIB), nodeId: NODE })
    expect(shiftOf(machine)).toBe(after)
    checkArchState(machine)
  })

  test('the table grows at once, and shrinks only when it is four times too large', () => {
    const machine = boot({ archOptions: { mmu: 'hash', hptShift: 21 } })
    expect(shiftOf(machine)).toBe(21)
    const range = rangeOf(2 * GIB, 256 * MIB)
    addMemory(machine, { range, nodeId: NODE })
    expect(shiftOf(machine)).toBe(22)
    checkArchState(machine)
    addMemory(machine, { range: rangeOf(16 * GIB, 8 * GIB), nodeId: NODE })
    expect(shiftOf(machine)).toBe(24)
    // What goes is still counted, so the next change sees it.
    removeMemory(machine, { range: rangeOf(16 * GIB, 8 * GIB) })
    expect(shiftOf(machine)).toBe(24)
    removeMemory(machine, { range })
    expect(shiftOf(machine)).toBe(22)
    checkArchState(machine)
    expect(boltedAt(machine, GIB).physicalAddress).toBe(GIB)
  })
})

describe('the vmemmap under the hash MMU', () => {
  const VMEMMAP = 0xc00c_0000_0000_0000n
  const memmapOf = (address: number): bigint => VMEMMAP + BigInt(address / 1024)

  test('one page of 16 MiB describes 16 GiB, and goes with the last section in it', () => {
    const machine = boot({ archOptions: { mmu: 'hash' } })
    const free = freePages(machine)
    const [first, second] = [rangeOf(16 * GIB, 256 * MIB), rangeOf(31 * GIB, 256 * MIB)]
    addMemory(machine, { range: first, nodeId: NODE })
    const backing = findBolted(machine, memmapOf(16 * GIB))
    expect(backing?.pageBytes).toBe(16 * MIB)
    expect(free - freePages(machine)).toBe(256)
    addMemory(machine, { range: second, nodeId: NODE })
    expect(findBolted(machine, memmapOf(31 * GIB))).toEqual(backing)
    removeMemory(machine, { range: first })
    expect(findBolted(machine, memmapOf(16 * GIB))).toEqual(backing)
    checkArchState(machine)
    removeMemory(machine, { range: second })
    expect(findBolted(machine, memmapOf(16 * GIB))).toBeUndefined()
    expect(freePages(machine)).toBe(free)
    checkArchState(machine)
  })

  test('boot memory below 1 GiB has pages of 64 KiB', () => {
    const ram = [{ start: 0, end: 768 * MIB, node: 0 }]
    const machine = boot({ archOptions: { mmu: 'hash' }, ram })
    expect(findBolted(machine, memmapOf(0))?.pageBytes).toBe(65536)
    addMemory(machine, { range: rangeOf(768 * MIB, 256 * MIB), nodeId: NODE })
    checkArchState(machine)
    removeMemory(machine, { range: rangeOf(768 * MIB, 256 * MIB) })
    checkArchState(machine)
  })
})

describe.each(['radix', 'hash'])('an add that runs out of memory, %s', (mmu) => {
  test('takes the linear mapping back and leaves the sections before', () => {
    const machine = boot({ archOptions: { mmu } })
    const hoard = (): number => {
      let taken = 0
      for (const order of [8, 7, 6, 5]) {
        const request = { order, nodeId: NODE, mobility: 'unmovable', kind: 'table' } as const
        while (allocatePages(machine, request) !== null) taken += 1
      }
      return taken
    }
    const window = mmu === 'radix' ? 2 * GIB : 16 * GIB
    const range = rangeOf(2 * window - 256 * MIB, 512 * MIB)
    // The first half of the range finds its memmap mapped.
    addMemory(machine, { range: rangeOf(2 * window - 512 * MIB, 256 * MIB), nodeId: NODE })
    expect(hoard()).toBeGreaterThan(0)
    expect(() => addMemory(machine, { range, nodeId: NODE })).toThrowError(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', errno: 'ENOMEM' }),
    )
    checkArchState(machine)
    const first = range.start / (16 * MIB)
    expect(isSectionPresent(machine, sectionNr(first))).toBe(true)
    expect(isSectionPresent(machine, sectionNr(first + 16))).toBe(false)
    expect(() => addMemory(machine, { range, nodeId: NODE })).toThrowError(
      expect.objectContaining({ code: 'SECTION_EXISTS', errno: 'EEXIST' }),
    )
    checkArchState(machine)
  })
})

test('radix: without a page for a table the add fails with EFAULT, and nothing has changed', () => {
  const machine = boot()
  const request = { order: 0, nodeId: NODE, mobility: 'unmovable', kind: 'table' } as const
  while (allocatePages(machine, request) !== null);
  const before = fingerprint(machine)
  expect(() =>
    addMemory(machine, { range: rangeOf(600 * GIB, 256 * MIB), nodeId: NODE }),
  ).toThrowError(expect.objectContaining({ code: 'MAPPING_FAILED', errno: 'EFAULT' }))
  checkArchState(machine)
  expect(fingerprint(machine)).toBe(before)
  expect(machine.state.journal.log.at(-1)?.text).toMatch(/^Unable to create .*: -12$/)
})
