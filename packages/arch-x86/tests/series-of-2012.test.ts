import { addMemory, GIB, type Machine, MIB, removeMemory } from '@memhp/core'
import { checkArchState, regionBase, translate } from '@memhp/core/inspect'
import { PAGE_TABLES } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { boot, NODE, rangeOf } from './machines'

/** The leaf of 2 MiB with this number, of the struct pages. */
const memmapLeaf = (machine: Machine, number: number): boolean => {
  const base = regionBase(machine.arch.mapping.vmemmap) ?? 0n
  return translate(machine, base + BigInt(number * 2 * MIB)) !== undefined
}

const LEAVES = Array.from({ length: 24 }, (_, i) => i)

describe('the series of 2012', () => {
  test('keeps tables that became empty, and uses them again', () => {
    const machine = boot({ kernel: 'rfc9' })
    const range = rangeOf(4 * GIB, 128 * MIB)
    const tablesNow = (): number => PAGE_TABLES.of(machine).tables.size
    addMemory(machine, { range, nodeId: NODE })
    const mapped = tablesNow()
    removeMemory(machine, { range })
    checkArchState(machine)
    expect(tablesNow()).toBeGreaterThan(0)
    addMemory(machine, { range, nodeId: NODE })
    expect(tablesNow()).toBe(mapped)
    checkArchState(machine)
  })

  test('struct pages of 56 bytes: the half-used leaf behind the device outlives it; in 6.1 it goes', () => {
    const description = {
      archOptions: { structPageBytes: 56 },
      ram: [{ start: MIB, end: GIB, node: 0 }],
    }
    const range = rangeOf(GIB, 512 * MIB)
    const remaining = (machine: Machine): boolean[] => {
      addMemory(machine, { range, nodeId: NODE })
      removeMemory(machine, { range })
      checkArchState(machine)
      return [6, 7, 8, 9, 10].map((number) => memmapLeaf(machine, number))
    }
    const ofTheSeries = boot({ ...description, kernel: 'rfc9' })
    expect(remaining(ofTheSeries)).toEqual([true, false, false, false, true])
    expect(remaining(boot(description))).toEqual([true, false, false, false, false])
  })

  test.each([
    [64, 8, { 8: 8, 9: 9, 10: 10, 11: 11 }, []],
    [56, 8, { 7: 9, 8: 10, 9: 11 }, [10]],
    [56, 16, { 14: 17, 15: 18, 16: 19 }, [17]],
  ] as const)(
    'vector 8.2: with %i bytes a page, sections from %i on free leaves as they go, and keep what is half used',
    (structPageBytes, first, freedBy, kept) => {
      const machine = boot({
        kernel: 'rfc9',
        archOptions: { structPageBytes },
        ram: [{ start: MIB, end: first * 128 * MIB, node: 0 }],
      })
      const [start, size] = [first * 128 * MIB, 512 * MIB]
      addMemory(machine, { range: rangeOf(start, size), nodeId: NODE })
      const seen: Record<number, number> = {}
      for (let section = first; section < first + 4; section++) {
        const before = LEAVES.filter((number) => memmapLeaf(machine, number))
        removeMemory(machine, { range: rangeOf(section * 128 * MIB, 128 * MIB) })
        for (const number of before) if (!memmapLeaf(machine, number)) seen[number] = section
        machine.arch.check?.(machine)
      }
      expect(seen).toEqual(freedBy)
      expect(kept.every((number) => memmapLeaf(machine, number))).toBe(true)
    },
  )
})
