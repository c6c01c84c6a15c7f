// Section 8.10 of the 6.1 specification, and of that of 2012: the kernel's own page tables.
import {
  addMemory,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  nodeId,
  removeMemory,
  TIB,
} from '@memhp/core'
import { countLevels, listLeaves, translate } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { bytesOf, makeGuest, numbers } from './machines'

const BASE = 0xffff_8880_0000_0000n

const add = (machine: Machine, first: number, last: number): void =>
  addMemory(machine, { range: bytesOf(first, last), nodeId: nodeId(0) })
const remove = (machine: Machine, first: number, last: number): void =>
  removeMemory(machine, { range: bytesOf(first, last) })

const direct = (machine: Machine, first: number, last: number) => {
  const { start, end } = bytesOf(first, last)
  return listLeaves(machine, { region: 'direct', offset: start, sizeBytes: end - start })
}

/** Bytes of the vmemmap that are mapped for a number of sections from the first. */
function memmapBytes(machine: Machine, first: number, last: number): number {
  const { memmapBytesPerSection: bytes } = machine.geometry
  const offset = Math.floor((first * bytes) / 4096) * 4096
  const end = Math.ceil(((last + 1) * bytes) / 4096) * 4096
  const runs = listLeaves(machine, { region: 'vmemmap', offset, sizeBytes: end - offset })
  return runs.reduce((sum, { leafBytes, count }) => sum + leafBytes * count, 0)
}

const SMALL_PAGES: Partial<MachineDescription> = {
  archOptions: { structPageBytes: 56 },
  ram: [{ start: 0, end: GIB, node: 0 }],
}

describe('the direct map', () => {
  test('2012/X-1 2012/I-12.2 v6.1/75: loses the leaves of a range, and keeps those beside it', () => {
    const machine = makeGuest()
    for (const block of numbers(64, 72)) add(machine, block, block)
    const [below, above] = [direct(machine, 64, 67), direct(machine, 70, 72)]
    remove(machine, 68, 69)
    expect(direct(machine, 68, 69)).toEqual([])
    expect([direct(machine, 64, 67), direct(machine, 70, 72)]).toEqual([below, above])
    expect(translate(machine, BASE + BigInt(68 * 128 * MIB - 4096))?.physicalAddress).toBe(
      68 * 128 * MIB - 4096,
    )
    expect(translate(machine, BASE + BigInt(68 * 128 * MIB))).toBeUndefined()
    checkInvariants(machine)
  })

  test('2012/X-5: has the same leaves again when the memory comes back', () => {
    const machine = makeGuest()
    add(machine, 64, 83)
    const before = direct(machine, 64, 83)
    remove(machine, 64, 83)
    add(machine, 64, 83)
    expect(direct(machine, 64, 83)).toEqual(before)
  })

  test.each([
    ['four levels', { levels: 4 }, ['PUD']],
    ['five levels', { levels: 5 }, []],
  ])('v6.1/76 2012/X-2: frees every table that became empty, with %s', (_, archOptions, kept) => {
    const machine = makeGuest({ archOptions: { ...archOptions, gbpages: false } })
    const far = (5 * TIB) / (128 * MIB)
    const tables = () => {
      const { start, end } = bytesOf(far, far + 7)
      const levels = countLevels(machine, {
        region: 'direct',
        offset: start,
        sizeBytes: end - start,
      })
      return levels.slice(1).flatMap(({ level, tables: count }) => (count > 0 ? [level] : []))
    }
    const before = tables()
    add(machine, far, far + 7)
    expect(tables()).toContain('PMD')
    remove(machine, far, far + 7)
    expect(tables().filter((level) => !before.includes(level))).toEqual(kept)
    checkInvariants(machine)
  })
})

describe('the vmemmap', () => {
  test('v6.1/74: one section fills one large page of it, which comes and goes with the section', () => {
    const machine = makeGuest()
    add(machine, 64, 65)
    expect([memmapBytes(machine, 64, 64), memmapBytes(machine, 65, 65)]).toEqual([2 * MIB, 2 * MIB])
    remove(machine, 64, 65)
    expect(memmapBytes(machine, 64, 65)).toBe(0)
  })

  test('v6.1/74 2012/I-16.1 2012/I-16.2 2012/X-3: a large page that sections share goes with the last of them', () => {
    const machine = makeGuest(SMALL_PAGES)
    for (const block of numbers(64, 71)) add(machine, block, block)
    // Eight sections of 1.75 MiB of struct pages fill seven large pages.
    expect(memmapBytes(machine, 64, 71)).toBe(14 * MIB)
    remove(machine, 65, 65)
    checkInvariants(machine)
    expect(memmapBytes(machine, 64, 71)).toBe(14 * MIB)
    remove(machine, 64, 64)
    checkInvariants(machine)
    // Sections 0 and 1 were alone in the first large page; the second one holds the start of section 2 too.
    expect(memmapBytes(machine, 64, 71)).toBe(12 * MIB)
    for (const block of numbers(66, 71)) remove(machine, block, block)
    expect(memmapBytes(machine, 64, 71)).toBe(0)
    checkInvariants(machine)
  })
})
