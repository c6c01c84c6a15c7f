import { addMemory, GIB, type Machine, MIB, removeMemory } from '@memhp/core'
import { regionBase, translate } from '@memhp/core/inspect'
import { PAGE_TABLES } from '@memhp/core/plugin'
import { describe, expect, test } from 'vitest'
import { boot, NODE, rangeOf } from './machines'

/** The leaf of 2 MiB with this number, of the struct pages. */
const memmapLeaf = (machine: Machine, number: number): boolean => {
  const base = regionBase(machine.arch.mapping.vmemmap) ?? 0n
  return translate(machine, base + BigInt(number * 2 * MIB)) !== undefined
}

describe('the series of 2012', () => {
  test('keeps tables that became empty, and uses them again', () => {
    const machine = boot({ kernel: 'rfc9' })
    const range = rangeOf(4 * GIB, 128 * MIB)
    const tablesNow = (): number => PAGE_TABLES.of(machine).tables.size
    addMemory(machine, { range, nodeId: NODE })
    const mapped = tablesNow()
    removeMemory(machine, { range })
    machine.arch.check?.(machine)
    expect(tablesNow()).toBeGreaterThan(0)
    addMemory(machine, { range, nodeId: NODE })
    expect(tablesNow()).toBe(mapped)
    machine.arch.check?.(machine)
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
      machine.arch.check?.(machine)
      return [6, 7, 8, 9, 10].map((number) => memmapLeaf(machine, number))
    }
    const ofTheSeries = boot({ ...description, kernel: 'rfc9' })
    expect(remaining(ofTheSeries)).toEqual([true, false, false, false, true])
    expect(remaining(boot(description))).toEqual([true, false, false, false, false])
  })
})
