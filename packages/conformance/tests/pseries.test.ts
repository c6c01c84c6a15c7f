// Section 8.9 of the 6.1 specification on whole POWER guests, and P-2 to P-4 of that of 2012. The corner cases of
// requests are in driver-pseries/tests/dlpar.test.ts.
import { findBolted } from '@memhp/arch-powerpc'
import {
  blockId,
  createMachine,
  GIB,
  type Machine,
  MIB,
  placeUnmovablePage,
  sectionNr,
  settle,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { isSectionPresent } from '@memhp/core/plugin'
import { checkInvariants, checkStep, MachineWatch } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { numbers, plug, readBlock, statesOf } from './machines'
import { PLUGINS } from './plugins'

const guest = (archOptions: Readonly<Record<string, unknown>>): Machine =>
  createMachine(
    {
      arch: 'ppc64le',
      archOptions,
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
      drivers: { pseries: { slots: 4, windowEnd: 8 * GIB } },
    },
    PLUGINS,
  )

/** Writes a request, and checks all that must hold of the step and afterwards. @returns the errno */
function dlpar(machine: Machine, text: string): string | null {
  const path = '/sys/kernel/dlpar'
  const watch = new MachineWatch(machine)
  const step = watch.step({ op: 'write', path, value: text }, () => {
    machine.tree.write(path, text)
    settle(machine)
  })
  checkStep(step)
  watch.end()
  checkInvariants(machine)
  return step.outcome.kind === 'done' ? null : step.outcome.errno
}

const LINEAR = 0xc000_0000_0000_0000n
const LINEAR_PAGE = 16 * MIB

describe.each(['radix', 'hash'])('a POWER guest with the %s MMU', (mmu) => {
  test('v6.1/63: LMBs are online as soon as they are there', () => {
    const machine = guest({ mmu })
    plug(machine, { id: 'dimm', sizeBytes: GIB / 2 })
    expect(statesOf(machine, [8, 9])).toEqual(['online', 'online'])
    expect(readBlock(machine, 8, 'valid_zones')).toBe('Normal')
    checkInvariants(machine)
  })

  test('v6.1/64 v6.1/67: a request that fails half-way brings back what it took', () => {
    const machine = guest({ mmu })
    plug(machine, { id: 'dimm', sizeBytes: GIB })
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(10)) })
    expect(dlpar(machine, 'memory remove indexed-count 4 0x80000008')).toBe('EINVAL')
    expect(statesOf(machine, numbers(8, 11))).toEqual(Array(4).fill('online'))
    expect(dlpar(machine, 'memory remove index 0x8000000a')).toBe('EBUSY')
    expect(dlpar(machine, 'memory remove count 4')).toBe('EINVAL')
    expect(statesOf(machine, numbers(8, 11))).toEqual(Array(4).fill('online'))
  })

  test('2012/P-3: an LMB takes all its sections along', () => {
    const machine = guest({ mmu })
    plug(machine, { id: 'dimm', sizeBytes: GIB / 2 })
    const present = (): readonly number[] =>
      numbers(128, 159).filter((nr) => isSectionPresent(machine, sectionNr(nr)))
    expect(present()).toEqual(numbers(128, 159))
    expect(dlpar(machine, 'memory remove index 0x80000008')).toBeNull()
    expect(present()).toEqual(numbers(144, 159))
  })
})

describe('the hash page table', () => {
  const bolted = (machine: Machine, block: number): number =>
    numbers(0, 256 / 16 - 1).filter((page) => {
      const address = block * 256 * MIB + page * LINEAR_PAGE
      return findBolted(machine, LINEAR + BigInt(address))?.physicalAddress === address
    }).length

  test('2012/P-2 2012/P-4: has an entry for each linear page of present memory, and none for what left', () => {
    const machine = guest({ mmu: 'hash' })
    expect(machine.geometry.blockBytes % LINEAR_PAGE).toBe(0)
    expect([bolted(machine, 7), bolted(machine, 8)]).toEqual([16, 0])
    plug(machine, { id: 'dimm', sizeBytes: GIB / 2 })
    expect([bolted(machine, 8), bolted(machine, 9)]).toEqual([16, 16])
    dlpar(machine, 'memory remove index 0x80000009')
    expect([bolted(machine, 8), bolted(machine, 9)]).toEqual([16, 0])
  })
})
