// Patches 05, 20 and 21 of the series of 2012: coming online, and what a failure leaves.
import {
  allocateTracked,
  blockId,
  type Errno,
  GIB,
  injectNotifierError,
  type Machine,
  type MemoryEvent,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  pfn,
  pinPage,
  refusalOf,
  registerMemoryNotifier,
  sectionNr,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { blockFile, read, statesOf, write } from '../machines'
import { BLOCKS, bringOnline, makeOld, plugDevice, withDevice } from './machines'

const withOffline = (kernel: string, pageCgroup = false): Machine =>
  withDevice(kernel, [], { config: { pageCgroup } })

function listen(machine: Machine, at: { name: string; priority: number }) {
  const heard: MemoryEvent[] = []
  registerMemoryNotifier(machine.memoryChain, {
    ...at,
    notifier: (event) => {
      heard.push(event)
      return 'ok'
    },
  })
  return heard
}

const freePages = (machine: Machine): number =>
  [...machine.state.memory.zones.values()].reduce((sum, { free }) => sum + free.freePages, 0)

describe('a block whose section went in the meantime', () => {
  test('2012/I-05.1 2012/I-05.2: does not come online, and no notifier hears of it', () => {
    const machine = withOffline('rfc9')
    const heard = listen(machine, { name: 'all', priority: 0 })
    machine.state.memory.sections.separated.delete(sectionNr(9))
    const refusal = refusalOf(() => onlineBlock(machine, blockId(9)))
    expect(refusal).toMatchObject({ code: 'SECTION_ABSENT', errno: 'EINVAL' })
    expect([heard, statesOf(machine, [9])]).toEqual([[], ['offline']])
    bringOnline(machine, [8, 10])
    expect(statesOf(machine, BLOCKS)).toEqual(['online', 'offline', 'online', 'offline'])
  })
})

describe('zones', () => {
  test('no word takes a block out of its zone in the series, and only the one at the edge in 3.10', () => {
    const zonesOf = (kernel: string): readonly (string | null)[] => {
      const machine = withOffline(kernel)
      const answers = [8, 11].map((id) => write(machine, blockFile(id, 'state'), 'online_movable'))
      const zones = [8, 11].map(
        (id) => machine.state.memory.blocks.separated.get(blockId(id))?.zone,
      )
      return [...answers, ...zones.map((zone) => zone ?? null)]
    }
    expect(zonesOf('rfc9')).toEqual([null, null, '1/Normal', '1/Normal'])
    expect(zonesOf('v3.10')).toEqual(['EPERM', null, null, '1/Movable'])
  })
})

describe.each(['rfc9', 'v3.10'])('page_cgroup tables in %s', (kernel) => {
  const CHAIN = [
    ['ksm', 100],
    ['ipc', 10],
    ['node', 2],
    ['slab', 1],
  ] as const

  test('vector 8.5.5 2012/I-21.1 2012/I-21.2: without memory for a table all hear the cancelling, and nothing is left', () => {
    const machine = withOffline(kernel, true)
    const heard = CHAIN.map(([name, priority]) => listen(machine, { name, priority }))
    allocateTracked(machine, {
      name: 'everything',
      kind: 'file',
      pageCount: freePages(machine) - 64,
      nodeId: nodeId(0),
    })
    const free = freePages(machine)
    expect(write(machine, blockFile(8, 'state'), 'online')).toBe('ENOMEM')
    for (const events of heard) expect(events).toEqual(['MEM_GOING_ONLINE', 'MEM_CANCEL_ONLINE'])
    expect(statesOf(machine, [8])).toEqual(['offline'])
    expect([freePages(machine), machine.state.memory.pageCgroupTables.size]).toEqual([free, 0])
    checkInvariants(machine)
  })

  test('2012/I-21.1: a notifier that refuses later leaves no table, and all memory free', () => {
    const machine = withOffline(kernel, true)
    const free = freePages(machine)
    injectNotifierError(machine, { event: 'MEM_GOING_ONLINE', errno: 'ENOMEM' })
    expect(write(machine, blockFile(8, 'state'), 'online')).toBe('ENOMEM')
    expect([freePages(machine), machine.state.memory.pageCgroupTables.size]).toEqual([free, 0])
    checkInvariants(machine)
  })

  test('2012/I-21.3: the cancelling reaches them also where an earlier notifier refused', () => {
    const machine = withOffline(kernel, true)
    registerMemoryNotifier(machine.memoryChain, {
      name: 'first',
      priority: 100,
      notifier: (event) => (event === 'MEM_GOING_ONLINE' ? 'EBUSY' : 'ok'),
    })
    const last = listen(machine, { name: 'last', priority: -1 })
    expect(write(machine, blockFile(8, 'state'), 'online')).toBe('EBUSY')
    expect(last).toEqual(['MEM_CANCEL_ONLINE'])
    expect(machine.state.memory.pageCgroupTables.size).toBe(0)
  })

  test('vector 8.5.6: a bare refusal, as of a storage that is not assigned, is EPERM, and the tables go', () => {
    const machine = withOffline(kernel, true)
    registerMemoryNotifier(machine.memoryChain, {
      name: 'sclp',
      priority: 0,
      notifier: (event) => (event === 'MEM_GOING_ONLINE' ? 'bad' : 'ok'),
    })
    expect(write(machine, blockFile(8, 'state'), 'online')).toBe('EPERM')
    expect(machine.state.memory.pageCgroupTables.size).toBe(0)
  })
})

describe('a block that cannot be emptied', () => {
  test('vector 8.5.8: a page that is pinned for longer than 120 s gives EAGAIN', () => {
    const machine = withDevice('rfc9')
    allocateTracked(machine, { name: 'file', kind: 'file', pageCount: 8, nodeId: nodeId(1) })
    const [allocation] = machine.state.memory.allocations.values()
    const page = allocation?.pages[0] ?? 0
    pinPage(machine, pfn(page))
    const id = blockId(Math.floor(page / machine.geometry.pagesPerBlock))
    const refusal = refusalOf(() => offlineBlock(machine, id))
    expect([refusal?.errno, refusal?.code]).toEqual(['EAGAIN', 'OFFLINE_GAVE_UP'])
  })

  test('vector 8.5.8: a page of the kernel gives EBUSY', () => {
    const machine = withDevice('rfc9', [8])
    allocateTracked(machine, { name: 'slab', kind: 'kernel', pageCount: 1, nodeId: nodeId(1) })
    expect(refusalOf(() => offlineBlock(machine, blockId(8)))?.errno).toBe('EBUSY')
  })
})

describe('a poisoned page', () => {
  const poisoned = (kernel: string): Machine => {
    const machine = withDevice(kernel, BLOCKS, {
      config: { pageCgroup: false },
      files: { '/proc/meminfo': 'MemTotal: 1048576 kB\nHardwareCorrupted:     0 kB\n' },
    })
    write(machine, '/sys/devices/system/memory/hard_offline_page', '0x48001000')
    return machine
  }
  const corrupted = (machine: Machine): string | undefined =>
    /HardwareCorrupted: +(\d+) kB/.exec(read(machine, '/proc/meminfo'))?.[1]
  const again = (machine: Machine): readonly (Errno | null)[] =>
    ['offline', 'online', 'offline'].map((word) => write(machine, blockFile(9, 'state'), word))

  test('2012/I-20.2 2012/I-20.3: is a page again as its block comes online, and the counter falls; in 3.10 it stays out', () => {
    const counts = (['rfc9', 'v3.10'] as const).map((kernel) => {
      const machine = poisoned(kernel)
      const before = corrupted(machine)
      expect(again(machine)).toEqual([null, null, null])
      checkInvariants(machine)
      return [before, corrupted(machine)]
    })
    expect(counts).toEqual([
      ['4', '0'],
      ['4', '4'],
    ])
  })
})

test('the beginning of a word is the word; the series knows two', () => {
  const machine = makeOld('rfc9')
  plugDevice(machine)
  const words = ['o', 'of', 'online_kernel', 'off', 'Online', 'o\n', ' online'] as const
  expect(words.map((word) => write(machine, blockFile(8, 'state'), word))).toEqual([
    null,
    null,
    null,
    null,
    'EINVAL',
    'EINVAL',
    'EINVAL',
  ])
})

test.each(['rfc9', 'v3.10'])(
  'a block that lacks a section stops %s as it goes offline',
  (kernel) => {
    const machine = makeOld(kernel, {
      blockSizeBytes: GIB,
      config: { pageCgroup: false },
      ram: [
        { start: 0, end: GIB, node: 0 },
        { start: 4 * GIB, end: 4 * GIB + 512 * MIB, node: 0 },
      ],
    })
    const before = statesOf(machine, [4])
    const refusal = refusalOf(() => offlineBlock(machine, blockId(4)))
    expect(refusal).toMatchObject({
      code: 'KERNEL_STOPS',
      errno: 'EFAULT',
      detail: { section: 36 },
    })
    expect(statesOf(machine, [4])).toEqual(before)
    checkInvariants(machine)
  },
)
