// What 32 bits make different. Source: series of 2012, sections 5.0 and 5.2.
import {
  addMemory,
  allocateTracked,
  blockId,
  createMachine,
  GENERATIONS,
  GIB,
  KIB,
  type Machine,
  type MachineDescription,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  type PhysRange,
  physAddr,
  removeMemory,
  SUBSYSTEMS,
} from '@memhp/core'
import { countLevels, listLeaves, wholeRegion } from '@memhp/core/inspect'
import { describe, expect, test } from 'vitest'
import { x86_32 } from '../src/index'

const boot = (more: Partial<MachineDescription> = {}): Machine =>
  createMachine(
    {
      arch: 'x86_32',
      kernel: 'v3.10',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 2 * GIB, node: 0 }],
      ...more,
    },
    { archs: [x86_32], drivers: [], kernels: GENERATIONS, subsystems: SUBSYSTEMS },
  )

const rangeOf = (start: number, sizeBytes: number): PhysRange => ({
  start: physAddr(start),
  end: physAddr(start + sizeBytes),
})

const add = (machine: Machine, range: PhysRange): void =>
  addMemory(machine, { range, nodeId: nodeId(0) })

const directMap = (machine: Machine): string =>
  listLeaves(machine, wholeRegion(machine, 'direct'))
    .map(({ start, end, leafBytes }) => `${start.toString(16)}-${end.toString(16)} ${leafBytes}`)
    .join(', ')

const counters = (machine: Machine): readonly string[] =>
  machine.tree
    .read('/proc/meminfo')
    .split('\n')
    .filter((line) => line.startsWith('DirectMap'))

const freeIn = (machine: Machine, kind: string): number =>
  [...machine.state.memory.zones.values()]
    .filter((zone) => zone.kind === kind)
    .reduce((sum, zone) => sum + zone.free.freePages + zone.perCpu.length, 0)

describe('the direct map', () => {
  test('has 896 MiB of boot memory at c0000000, by leaves of 2 MiB with PAE and of 4 MiB without', () => {
    const wide = boot()
    expect(directMap(wide)).toBe(`c0000000-f8000000 ${2 * MIB}`)
    expect(counters(wide)).toEqual(['DirectMap4k:           0 kB', 'DirectMap2M:      917504 kB'])
    const narrow = boot({ archOptions: { pae: false } })
    expect(directMap(narrow)).toBe(`c0000000-f8000000 ${4 * MIB}`)
    expect(counters(narrow)).toEqual(['DirectMap4k:           0 kB', 'DirectMap4M:      917504 kB'])
  })

  test('ends where boot memory ends below 896 MiB, and where lowmemBytes says', () => {
    const small = boot({ ram: [{ start: 0, end: 300 * MIB + 8 * KIB, node: 0 }] })
    expect(directMap(small)).toBe(`c0000000-d2c00000 ${2 * MIB}, d2c00000-d2c02000 ${4 * KIB}`)
    const less = boot({ archOptions: { lowmemBytes: 768 * MIB } })
    expect(directMap(less)).toBe(`c0000000-f0000000 ${2 * MIB}`)
    const ends = [small, less].map(({ arch }) => arch.geometry.zones[1]?.endAddress)
    expect(ends).toEqual([304 * MIB, 768 * MIB])
  })

  test('is in tables of a page each: of 512 entries with PAE, of 1024 without', () => {
    const tables = (pae: boolean): readonly string[] => {
      const machine = boot({ archOptions: { pae }, ram: [{ start: 0, end: 33 * MIB, node: 0 }] })
      const whole = wholeRegion(machine, 'direct')
      return countLevels(machine, whole).map(({ level, tables: count }) => `${level} ${count}`)
    }
    expect(tables(true)).toEqual(['PGD 1', 'PMD 1', 'PTE 1'])
    expect(tables(false)).toEqual(['PGD 1', 'PTE 1'])
  })

  test.each([true, false])(
    'neither takes memory in that is added nor gives memory up that is removed, PAE %s',
    (pae) => {
      const machine = boot({
        archOptions: { pae },
        ram: [
          { start: 0, end: 512 * MIB, node: 0 },
          { start: GIB, end: 2 * GIB, node: 0 },
        ],
      })
      const before = directMap(machine)
      const hole = rangeOf(512 * MIB, machine.geometry.blockBytes)
      add(machine, hole)
      expect(machine.state.journal.mappings.at(-1)?.change.direct.leaves).toEqual([])
      removeMemory(machine, { range: hole })
      expect(directMap(machine)).toBe(before)
    },
  )

  test('keeps boot memory that is removed, and the removal says so', () => {
    const machine = boot({ archOptions: { pae: false } })
    const before = directMap(machine)
    offlineBlock(machine, blockId(4))
    removeMemory(machine, { range: rangeOf(256 * MIB, 64 * MIB) })
    expect(directMap(machine)).toBe(before)
    const left = machine.state.journal.mappings.flatMap(({ change }) => change.direct.left)
    expect(left).toHaveLength(16)
    expect(left[0]).toEqual({ offset: 256 * MIB, leafBytes: 4 * MIB, count: 1, reason: 'leaked' })
  })
})

describe('memory that is added', () => {
  test('joins HighMem wherever it lies, and its struct pages are pages of lowmem', () => {
    const machine = boot({ ram: [{ start: 0, end: 512 * MIB, node: 0 }] })
    const before = freeIn(machine, 'normal') + freeIn(machine, 'dma')
    const range = rangeOf(512 * MIB, 512 * MIB)
    add(machine, range)
    // 131,072 struct pages of 32 bytes.
    expect(before - freeIn(machine, 'normal') - freeIn(machine, 'dma')).toBe(1024)
    onlineBlock(machine, blockId(1), 'online')
    expect(freeIn(machine, 'highmem')).toBe(131_072)
    expect(machine.tree.read('/proc/zoneinfo')).toContain('zone  HighMem')
    offlineBlock(machine, blockId(1))
    removeMemory(machine, { range })
    expect(freeIn(machine, 'normal') + freeIn(machine, 'dma')).toBe(before)
  })

  test('never serves the kernel', () => {
    const machine = boot({ config: { pageCgroup: false } })
    const low = freeIn(machine, 'normal') + freeIn(machine, 'dma')
    const request = { name: 'slab', kind: 'kernel', nodeId: nodeId(0) } as const
    allocateTracked(machine, { ...request, pageCount: low })
    expect(() => allocateTracked(machine, { ...request, pageCount: 1 })).toThrow(/0 are free/)
    expect(() => add(machine, rangeOf(2 * GIB, 512 * MIB))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', errno: 'ENOMEM' }),
    )
    expect(freeIn(machine, 'highmem')).toBeGreaterThan(0)
  })

  test('has page_cgroup tables of 8 bytes a page, in lowmem', () => {
    const machine = boot()
    add(machine, rangeOf(2 * GIB, 512 * MIB))
    const before = freeIn(machine, 'normal') + freeIn(machine, 'dma')
    onlineBlock(machine, blockId(4), 'online')
    expect(before - freeIn(machine, 'normal') - freeIn(machine, 'dma')).toBe(256)
  })
})

test('the block in which lowmem ends has two zones, and does not go offline', () => {
  const machine = boot()
  expect(() => offlineBlock(machine, blockId(1))).toThrow(
    expect.objectContaining({ errno: 'EINVAL' }),
  )
})

test('kernels from 5.16 on have no memory hot-plug on 32 bits, and the refusal names those that do', () => {
  for (const kernel of ['v6.1.82', 'v6.1', 'v6.12']) {
    expect(() => boot({ kernel })).toThrow(
      expect.objectContaining({
        code: 'BAD_DESCRIPTION',
        message: `kernel: ${kernel} has memory hot-plug for 64 bits only, and x86_32 has 32. Take rfc9 or v3.10 or v5.10.213 or v5.10.`,
      }),
    )
  }
})
