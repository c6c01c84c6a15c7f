// Boot memory that is set aside for contiguous allocation (CMA), as guests of Debian's 7.2 and 7.3 treat it.
import {
  allocateTracked,
  blockId,
  createMachine,
  type Errno,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  nodeId,
  refusalOf,
  restoreSnapshot,
  SUBSYSTEMS,
  takeSnapshot,
} from '@memhp/core'
import {
  blockRange,
  checkPages,
  freeCounts,
  listObstacles,
  MIGRATE_TYPE,
  MIGRATE_TYPES,
  zoneOf,
} from '@memhp/core/inspect'
import { kilobytesOf, parseMeminfo, parsePagetypeinfo } from '@memhp/kernel-files'
import { describe, expect, test } from 'vitest'
import { GUEST, numbers, read, writeState } from './machines'
import { PLUGINS } from './plugins'

/** 1 GiB of node 0, of which memory4-7 are in Movable. */
const HOST: MachineDescription = {
  ...GUEST,
  kernel: 'v7.3',
  nodes: [{ id: 0, cpus: [0] }],
  ram: [{ start: 0, end: GIB, node: 0 }],
  blocks: numbers(4, 7).map((id) => ({
    id,
    state: 'online',
    zone: 'Movable',
    nodes: [0],
    early: true,
  })),
}

/** The same with MiB of a zone that are set aside. */
function host(zone: string, mib: number, more: Partial<MachineDescription> = {}): Machine {
  const plain = createMachine({ ...HOST, ...more }, PLUGINS)
  const zones = [...plain.state.memory.zones.values()]
    .filter(({ spannedPages }) => spannedPages > 0)
    .map(({ name, nodeId: node, startPfn, spannedPages, presentPages, managedPages }) => ({
      ...{ node, zone: name, startPfn, spannedPages, presentPages, managedPages },
      ...(name === zone ? { cmaPages: (mib * MIB) / 4096 } : {}),
    }))
  return createMachine({ ...HOST, ...more, zones }, PLUGINS)
}

const offlined = (machine: Machine, ids: readonly number[]) =>
  ids.map((id) => writeState(machine, id, 'offline'))

describe.each([
  ['Movable', [7, 6, 5, 4], ['EBUSY', 'EBUSY', null, null]],
  ['DMA32', [3, 2], ['EBUSY', 'EBUSY']],
] as const)('150 MiB of %s', (zone, blocks, answers) => {
  test('keep their blocks, however free they are', () => {
    const machine = host(zone, 150)
    expect(offlined(machine, blocks)).toEqual(answers)
    checkPages(machine)
    const range = blockRange(machine, blockId(blocks[1]))
    const found = listObstacles(machine, { range, limit: 100 })
    const aside = found.filter(({ reason }) => reason === 'set aside')
    expect(aside).toHaveLength((150 - 126) / 2)
    expect(aside.every(({ pfn, pageblock }) => pfn === pageblock)).toBe(true)
  })

  test('are a type of pageblocks', () => {
    const machine = host(zone, 150)
    const [node] = parsePagetypeinfo(read(machine, '/proc/pagetypeinfo'))
    const types = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'CMA', 'Isolate']
    expect(node?.types).toEqual(types)
    expect(node?.zones.find(({ name }) => name === zone)?.pageblocks[4]).toBe(75)
  })

  test('are left where the command line puts nothing aside', () => {
    const machine = host(zone, 0)
    expect(read(machine, '/proc/pagetypeinfo')).not.toContain('CMA')
    expect(offlined(machine, [7, 6])).toEqual([null, null])
  })
})

describe('/proc/meminfo', () => {
  const KIB = { 'as much': 600 * 1024, less: 512 * 1024 } as const

  test.each([
    ['as much', 599_000, 595_000],
    ['less', 600 * 1024, 600 * 1024 - 4000],
  ] as const)('tells what is free of it; %s was captured', (captured, before, after) => {
    const text = `CmaTotal: ${String(KIB[captured]).padStart(14)} kB\nCmaFree:         599000 kB\n`
    const machine = host('DMA32', 600, { blocks: [], files: { '/proc/meminfo': text } })
    const counted = (): readonly (number | undefined)[] =>
      ['CmaTotal', 'CmaFree'].map((name) =>
        kilobytesOf(parseMeminfo(read(machine, '/proc/meminfo')), name),
      )
    const snapshot = takeSnapshot(machine)
    // Half of what is free is set aside, so that movable pages come from there.
    expect(take(machine, 'file', 1000)).toBeUndefined()
    expect(counted()).toEqual([600 * 1024, after])
    restoreSnapshot(machine, snapshot)
    expect(counted()).toEqual([600 * 1024, before])
  })

  test('that counts nothing set aside has /proc/pagetypeinfo count it, too', () => {
    const files = { '/proc/meminfo': 'MemTotal: 1 kB\nCmaTotal:              0 kB\n' }
    const types = [{ files }, {}].map((more) => {
      const [node] = parsePagetypeinfo(read(host('DMA32', 0, more), '/proc/pagetypeinfo'))
      return node?.types.includes('CMA')
    })
    expect(types).toEqual([true, false])
  })
})

test('cma=SIZE@ADDRESS decides where', () => {
  const machine = host('Movable', 64, { cmdline: 'cma=64M@768M' })
  expect(offlined(machine, numbers(4, 7))).toEqual([null, null, 'EBUSY', null])
})

/** Free pages of DMA32: those that are set aside, and others. */
function freePages(machine: Machine): { readonly aside: number; readonly others: number } {
  const zone = zoneOf(machine, '0/DMA32')
  const counts = freeCounts(machine, zone)
  const aside = counts.reduce((sum, count, i) => {
    const [order, type] = [Math.floor(i / MIGRATE_TYPES), i % MIGRATE_TYPES]
    return type === MIGRATE_TYPE.cma ? sum + count * 2 ** order : sum
  }, 0)
  return { aside, others: zone.free.freePages - aside }
}

const take = (machine: Machine, kind: 'file' | 'kernel', pageCount: number): Errno | undefined =>
  refusalOf(() => allocateTracked(machine, { name: 'x', kind, pageCount, nodeId: nodeId(0) }))
    ?.errno

/** MiB are set aside of DMA32, which has all memory but the lowest 16 MiB. */
const kernelHost = (mib: number): Machine => host('DMA32', mib, { blocks: [] })

test.each([
  ['little', 100, 0],
  ['more than half of what is free', 600, 1000],
])('where %s is set aside, movable pages come from there accordingly', (_, mib, expected) => {
  const machine = kernelHost(mib)
  const { aside } = freePages(machine)
  expect(aside).toBe((mib * MIB) / 4096)
  expect(take(machine, 'file', 1000)).toBeUndefined()
  expect(freePages(machine).aside).toBe(aside - expected)
  checkPages(machine)
})

test('the kernel gets none of it, and programs get it when nothing else is left', () => {
  const machine = kernelHost(100)
  const { aside, others } = freePages(machine)
  const lowest = zoneOf(machine, '0/DMA').free.freePages
  expect(take(machine, 'kernel', others + lowest + 1)).toBe('ENOMEM')
  expect(take(machine, 'kernel', others + lowest)).toBeUndefined()
  expect(freePages(machine)).toEqual({ aside, others: 0 })
  expect(take(machine, 'file', 500)).toBeUndefined()
  expect(freePages(machine)).toEqual({ aside: aside - 500, others: 0 })
  checkPages(machine)
})

test('a machine without that part has memory like any other', () => {
  const { contiguousMemory, ...others } = SUBSYSTEMS
  const { description } = host('Movable', 150)
  const machine = createMachine(description, { ...PLUGINS, subsystems: others })
  expect(contiguousMemory).toBeDefined()
  expect(offlined(machine, [6])).toEqual([null])
})
