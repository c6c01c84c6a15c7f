// The contracts of architecture plugins, on architectures of other shapes than our own: what core's parts must serve.
import {
  addMemory,
  allocateTracked,
  blockId,
  createMachine,
  GIB,
  KIB,
  type Machine,
  MIB,
  nodeId,
  onlineBlock,
  physAddr,
  SUBSYSTEMS,
} from '@memhp/core'
import { regionBase, translate } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { draws, THOROUGH } from '../../../../../tests/thorough'
import { testArch } from '../../../src/contracts/index'
import {
  BUILT_START,
  FRAGMENTS,
  HIGH_START,
  HIGHMEM,
  IDENTITY,
  KEEPS_BOOT,
  LARGE_BLOCKS,
  LARGE_LEAVES,
  RUNS,
  STAYING_LEAVES,
  WINDOW,
} from './archs'

const runner = { describe, test }

testArch(HIGHMEM, { runner, runs: draws(20), title: '896 MiB mapped, memmap per section' })
testArch(IDENTITY, {
  runner,
  runs: draws(20),
  title: 'no tables but for a memmap that is never freed',
})
testArch(KEEPS_BOOT, {
  runner,
  runs: draws(20),
  title: 'boot memory stays, half of the addresses mapped',
})
testArch(RUNS, { runner, runs: draws(20), title: '16 neighbouring entries are one leaf' })
testArch(FRAGMENTS, {
  runner,
  title: 'several tables share a page',
  runs: draws(5),
  description: { ram: [{ start: 0, end: 64 * MIB, node: 0 }] },
})
testArch(HIGH_START, {
  runner,
  runs: draws(20),
  title: 'the kernel maps nothing below the GiB that memory begins in',
  description: { ram: [{ start: 3 * GIB, end: 3 * GIB + 512 * MIB, node: 0 }] },
})
testArch(BUILT_START, { runner, runs: draws(5), title: 'the kernel maps nothing below 3 GiB' })
testArch(WINDOW, { runner, runs: draws(20), title: 'no tables, all struct pages at boot' })
testArch(LARGE_LEAVES, { runner, runs: draws(5), title: 'some adds need no page, and others do' })
testArch(STAYING_LEAVES, {
  runner,
  runs: draws(5),
  title: 'large leaves stay; one that boot began is full within an add',
  description: { ram: [{ start: 6 * GIB, end: 7 * GIB, node: 0 }] },
})
// Sections have 64 pages of struct pages, and blocks eight sections: too many for a desk.
if (THOROUGH)
  testArch(LARGE_BLOCKS, {
    runner,
    runs: draws(2),
    title: 'a block is larger than boot memory',
    description: { ram: [{ start: 0, end: GIB, node: 0 }] },
  })

describe('HighMem', () => {
  const boot = (): Machine =>
    createMachine(
      {
        arch: 'highmem',
        nodes: [
          { id: 0, cpus: [0] },
          { id: 1, cpus: [] },
        ],
        ram: [{ start: 0, end: 2048 * MIB, node: 0 }],
      },
      { archs: [HIGHMEM], drivers: [], subsystems: SUBSYSTEMS },
    )
  const ADDED = { start: physAddr(2048 * MIB), end: physAddr(2112 * MIB) }
  const read = (machine: Machine, name: string): string =>
    machine.tree.read(`/sys/devices/system/node/${name}`).trim()

  test('takes hot-added memory beyond the direct map, and makes no normal memory of it', () => {
    const machine = boot()
    addMemory(machine, { range: ADDED, nodeId: nodeId(1) })
    onlineBlock(machine, blockId(32), 'online_kernel')
    expect(machine.tree.read('/sys/devices/system/memory/memory32/valid_zones')).toBe('HighMem\n')
    const names = ['has_memory', 'has_high_memory', 'has_normal_memory']
    expect(names.map((name) => read(machine, name))).toEqual(['0-1', '0-1', '0'])
  })

  test('never holds kernel memory, however much of it is free', () => {
    const machine = boot()
    const zones = [...machine.state.memory.zones.values()]
    const low = zones.filter(({ kind }) => kind === 'dma' || kind === 'normal')
    const free = low.reduce((sum, zone) => sum + zone.free.freePages, 0)
    const request = { name: 'slab', kind: 'kernel', nodeId: nodeId(0) } as const
    allocateTracked(machine, { ...request, pageCount: free })
    expect(() => allocateTracked(machine, { ...request, pageCount: 1 })).toThrow(/0 are free/)
    expect(() => addMemory(machine, { range: ADDED, nodeId: nodeId(0) })).toThrow(/no memory/i)
    expect(zones.find(({ kind }) => kind === 'highmem')?.free.freePages).toBeGreaterThan(0)
  })
})

describe('regions that begin above physical address 0', () => {
  const boot = (start: number): Machine =>
    createMachine(
      {
        arch: 'high-start',
        nodes: [{ id: 0, cpus: [0] }],
        ram: [{ start, end: start + GIB, node: 0 }],
      },
      { archs: [HIGH_START], drivers: [], subsystems: SUBSYSTEMS },
    )

  test.each([GIB, 3 * GIB, 700 * GIB])('map what begins at %i from their base on', (start) => {
    const machine = boot(start + 256 * MIB)
    const { direct, vmemmap } = machine.arch.mapping
    const range = { start: physAddr(start + 2 * GIB), end: physAddr(start + 3 * GIB) }
    addMemory(machine, { range, nodeId: nodeId(0) })
    for (const at of [256 * MIB, GIB, 2 * GIB, 3 * GIB - 1]) {
      const found = translate(machine, (regionBase(direct) ?? 0n) + BigInt(at))
      expect(found?.physicalAddress).toBe(start + at)
      const structPage = BigInt(Math.floor(at / 4096) * 64)
      expect(translate(machine, (regionBase(vmemmap) ?? 0n) + structPage)).toBeDefined()
    }
    expect(translate(machine, regionBase(direct) ?? 0n)).toBeUndefined()
    checkInvariants(machine)
  })

  test.each([
    ['ram[0]', [{ start: 2 * GIB, end: 4 * GIB, node: 0 }]],
    ['ram[1]', [4, 2 ** 17].map((at) => ({ start: at * GIB, end: (at + 1) * GIB, node: 0 }))],
  ])('boot with no memory that they have not: %s', (place, ram) => {
    const description = { arch: 'built-start', nodes: [{ id: 0, cpus: [0] }], ram }
    const message = `${place}: built-start maps 0xc0000000 to 0x4000c0000000.`
    expect(() => createMachine(description, { archs: [BUILT_START], drivers: [] })).toThrow(
      expect.objectContaining({ code: 'BAD_DESCRIPTION', message }),
    )
  })

  test('take no memory below their begin', () => {
    const range = { start: physAddr(GIB), end: physAddr(2 * GIB) }
    expect(() => addMemory(boot(3 * GIB), { range, nodeId: nodeId(0) })).toThrow(
      expect.objectContaining({ code: 'ADDRESS_OUT_OF_REACH', errno: 'E2BIG' }),
    )
  })
})

describe('runs of entries', () => {
  test('are what boot and hot-added memory are mapped by, and what /proc/meminfo counts', () => {
    const machine = createMachine(
      {
        arch: 'runs',
        nodes: [{ id: 0, cpus: [0] }],
        ram: [{ start: 0, end: 1024 * MIB + 80 * KIB, node: 0 }],
      },
      { archs: [RUNS], drivers: [], subsystems: SUBSYSTEMS },
    )
    const counters = (): readonly (string | undefined)[] =>
      ['4k', '64k', '32M'].map(
        (size) =>
          new RegExp(`DirectMap${size}: *(\\d+)`).exec(machine.tree.read('/proc/meminfo'))?.[1],
      )
    expect(counters()).toEqual(['16', '64', String(1024 * 1024)])
    const range = { start: physAddr(2048 * MIB), end: physAddr(2176 * MIB) }
    addMemory(machine, { range, nodeId: nodeId(0) })
    expect(counters()).toEqual(['16', '64', String((1024 + 128) * 1024)])
  })
})
