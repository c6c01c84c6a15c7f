// Drivers that keep pages back as memory comes online, as virtio-mem does with sub-blocks that are not plugged.
import { x86_64 } from '@memhp/arch-x86'
import {
  addMemory,
  blockId,
  createMachine,
  fingerprint,
  GENERATIONS,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  pfn,
  physAddr,
  pinPage,
  poisonPage,
  refusalOf,
  removeMemory,
  SUBSYSTEMS,
} from '@memhp/core'
import { blockRange, countPages, findBlock } from '@memhp/core/inspect'
import { defineDriver } from '@memhp/core/plugin'
import { acpiDriver } from '@memhp/driver-acpi'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { describeGuest } from '../src/contracts/guest'
import { testDriver } from '../src/contracts/index'

/** The ACPI driver, but of each range that comes online it withholds the upper half. */
const halfDriver = defineDriver({
  ...acpiDriver,
  create: (layout) => ({
    ...acpiDriver.create(layout),
    withholdPages: (_, { start, end }) => [{ start: pfn((start + end) / 2), end }],
  }),
})

const CONFIG = { slots: 2 }

testDriver(halfDriver, {
  runner: { describe, test },
  title: 'half of each block withheld',
  arch: x86_64,
  config: CONFIG,
  slots: 2,
})

testDriver(halfDriver, {
  runner: { describe, test },
  title: 'half of each block withheld, memory that holds its own struct pages',
  arch: x86_64,
  description: { cmdline: 'memory_hotplug.memmap_on_memory=1' },
  config: CONFIG,
  slots: 2,
})

const RANGE = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 128 * MIB) }
const BLOCK = blockId(32)
const PAGES = (128 * MIB) / 4096

function machineWithBlock(more: Partial<MachineDescription> = {}): Machine {
  const machine = createMachine(describeGuest('x86_64', { drivers: { acpi: CONFIG }, ...more }), {
    archs: [x86_64],
    drivers: [halfDriver],
    kernels: GENERATIONS,
    subsystems: SUBSYSTEMS,
  })
  addMemory(machine, { range: RANGE, nodeId: nodeId(1) })
  return machine
}

const countsOf = (machine: Machine) => {
  const zone = machine.state.memory.zones.get('1/Normal')
  const { totalManagedPages } = machine.state.memory
  return { present: zone?.presentPages, managed: zone?.managedPages, total: totalManagedPages }
}

describe('a block of which half is withheld', () => {
  test('has poisoned pages withheld as others are, where they stay poisoned (3.10)', () => {
    const machine = machineWithBlock({ kernel: 'v3.10', config: { pageCgroup: false } })
    onlineBlock(machine, BLOCK)
    const refusal = refusalOf(() => poisonPage(machine, blockRange(machine, BLOCK).end - 1))
    expect(refusal?.errno).toBe('EBUSY')
    offlineBlock(machine, BLOCK)
    onlineBlock(machine, BLOCK)
    expect(findBlock(machine, BLOCK)?.withheldPages).toBe(PAGES / 2)
    expect(countPages(machine, blockRange(machine, BLOCK))).toMatchObject({
      free: PAGES / 2,
      withheld: PAGES / 2,
      poisoned: 1,
    })
    checkInvariants(machine)
  })

  test('has all pages present, and half of them managed and free', () => {
    const machine = machineWithBlock()
    const { total } = countsOf(machine)
    onlineBlock(machine, BLOCK)
    expect(countsOf(machine)).toEqual({
      present: PAGES,
      managed: PAGES / 2,
      total: total + PAGES / 2,
    })
    expect(countPages(machine, blockRange(machine, BLOCK))).toMatchObject({
      free: PAGES / 2,
      withheld: PAGES / 2,
    })
    expect(findBlock(machine, BLOCK)?.withheldPages).toBe(PAGES / 2)
    checkInvariants(machine)
  })

  test('goes offline with what is withheld, comes online again, and is removed without a trace', () => {
    const machine = machineWithBlock()
    const before = fingerprint(machine)
    onlineBlock(machine, BLOCK)
    const online = fingerprint(machine)
    offlineBlock(machine, BLOCK)
    checkInvariants(machine)
    expect(fingerprint(machine)).toBe(before)
    onlineBlock(machine, BLOCK)
    expect(fingerprint(machine)).toBe(online)
    offlineBlock(machine, BLOCK)
    removeMemory(machine, { range: RANGE })
    checkInvariants(machine)
  })

  test('stays online, counts and all, while a withheld page is referred to', () => {
    const machine = machineWithBlock()
    onlineBlock(machine, BLOCK)
    const counts = countsOf(machine)
    pinPage(machine, pfn(blockRange(machine, BLOCK).end - 1))
    expect(() => offlineBlock(machine, BLOCK)).toThrow(
      expect.objectContaining({ code: 'UNMOVABLE_PAGE' }),
    )
    expect(countsOf(machine)).toEqual(counts)
    checkInvariants(machine)
  })
})

describe('an arch', () => {
  test('withholds pages as a driver does; what both withhold is withheld once', () => {
    const arch = {
      ...x86_64,
      create: (...given: Parameters<typeof x86_64.create>) => ({
        ...x86_64.create(...given),
        withholdPages: (_: Machine, { end }: { readonly end: number }) => [
          { start: pfn(end - 3), end: pfn(end - 1) },
          { start: pfn(end - PAGES / 2 - 5), end: pfn(end - PAGES / 2 + 5) },
        ],
      }),
    }
    const machine = createMachine(describeGuest('x86_64', { drivers: { acpi: CONFIG } }), {
      archs: [arch],
      drivers: [halfDriver],
      kernels: GENERATIONS,
      subsystems: SUBSYSTEMS,
    })
    addMemory(machine, { range: RANGE, nodeId: nodeId(1) })
    onlineBlock(machine, BLOCK)
    expect(findBlock(machine, BLOCK)?.withheldPages).toBe(PAGES / 2 + 5)
    checkInvariants(machine)
    offlineBlock(machine, BLOCK)
    checkInvariants(machine)
  })
})

describe('a driver that withholds pages of another block', () => {
  test('is a bug', () => {
    const strange = defineDriver({
      ...acpiDriver,
      create: (layout) => ({
        ...acpiDriver.create(layout),
        withholdPages: (_, { start }) => [{ start: pfn(start - 1), end: start }],
      }),
    })
    const machine = createMachine(describeGuest('x86_64', { drivers: { acpi: CONFIG } }), {
      archs: [x86_64],
      drivers: [strange],
      kernels: GENERATIONS,
      subsystems: SUBSYSTEMS,
    })
    addMemory(machine, { range: RANGE, nodeId: nodeId(1) })
    expect(() => onlineBlock(machine, BLOCK)).toThrow('acpi withholds pages')
  })
})
