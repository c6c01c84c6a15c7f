import {
  fingerprint,
  GIB,
  KIB,
  type Machine,
  type MachineDescription,
  MIB,
  removeMemory,
  TIB,
} from '@memhp/core'
import { checkArchState } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { boot, rangeOf, tablesOf } from './machines'

const MEMORY = '/sys/devices/system/memory'

const read = (machine: Machine, path: string): string => machine.tree.read(path).trimEnd()

const OPTIONS = [
  { mmu: 'radix', pageBytes: 64 * KIB },
  { mmu: 'radix', pageBytes: 4 * KIB },
  { mmu: 'hash', pageBytes: 64 * KIB },
  { mmu: 'hash', pageBytes: 4 * KIB },
]

describe.each(OPTIONS)('a machine with %o', (archOptions) => {
  test('takes a block in through probe, uses it, and gives it back', () => {
    const machine = boot({ archOptions })
    checkArchState(machine)
    expect(read(machine, `${MEMORY}/block_size_bytes`)).toBe('10000000')
    const before = fingerprint(machine)
    machine.tree.write(`${MEMORY}/probe`, '0x80000000')
    expect(read(machine, `${MEMORY}/memory8/state`)).toBe('offline')
    expect(read(machine, `${MEMORY}/memory8/valid_zones`)).toBe('Normal Movable')
    checkArchState(machine)
    machine.tree.write(`${MEMORY}/memory8/state`, 'online_movable')
    expect(read(machine, `${MEMORY}/memory8/valid_zones`)).toBe('Movable')
    checkArchState(machine)
    machine.tree.write(`${MEMORY}/memory8/state`, 'offline')
    removeBlock(machine, 8)
    checkArchState(machine)
    checkInvariants(machine)
    expect(fingerprint(machine)).toBe(before)
  })

  test('has no zones but Normal and Movable', () => {
    const machine = boot({ archOptions })
    expect([...machine.state.memory.zones.keys()]).toEqual(['0/Normal', '0/Movable'])
    expect(read(machine, `${MEMORY}/memory0/valid_zones`)).toBe('Normal')
  })

  test('boots with a great deal of memory as it does with little', () => {
    const most = archOptions.mmu === 'hash' && archOptions.pageBytes === 4096 ? 32 * TIB : 64 * TIB
    const machine = boot({ archOptions, ram: [{ start: 0, end: most, node: 0 }] })
    expect(tablesOf(machine)).toBe(0)
    machine.tree.write(`${MEMORY}/probe`, `0x${most.toString(16)}`)
    checkArchState(machine)
    expect(tablesOf(machine)).toBeLessThan(10)
  })
})

const removeBlock = (machine: Machine, id: number): void => {
  const { blockBytes } = machine.geometry
  removeMemory(machine, { range: rangeOf(id * blockBytes, blockBytes) })
}

describe('options', () => {
  const blockBytes = (more: Partial<MachineDescription>): number => boot(more).geometry.blockBytes

  test('a block is an LMB', () => {
    expect(blockBytes({})).toBe(256 * MIB)
    expect(blockBytes({ archOptions: { lmbBytes: GIB } })).toBe(GIB)
    expect(blockBytes({ archOptions: { lmbBytes: 16 * MIB, mmu: 'hash' } })).toBe(16 * MIB)
  })
})
