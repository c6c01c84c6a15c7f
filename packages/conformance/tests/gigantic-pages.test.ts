// Huge pages of 1 GiB, each in eight blocks, as guests of Debian's 6.1.0-57, 6.12.117 and 7.3.4 treat them: what a pool takes, and
// what becomes of it as the blocks go offline.
import {
  createMachine,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  refusalOf,
} from '@memhp/core'
import { NOTHING_USED } from '@memhp/core/inspect'
import { openDirectory } from '@memhp/core/plugin'
import { bytesOfText } from '@memhp/kernel-files'
import { openSession, perform } from '@memhp/trace'
import { describe, expect, test } from 'vitest'
import { GUEST, makeGuest, numbers, plug, read, write, writeState } from './machines'
import { PLUGINS } from './plugins'

const POOL = '/sys/devices/system/node/node1/hugepages/hugepages-1048576kB'
const MOVABLE = '/proc/sys/vm/movable_gigantic_pages'

/**
 * A GiB at 4 GiB, blocks 32 to 39, and one above it, on node 1; and where a page may move, two of node 0 above them. The first memory
 * of node 1 is a block in Movable above all: its threads are elsewhere then.
 */
function guest(
  kernel: string,
  word: 'online_kernel' | 'online_movable' | 'offline',
  more = 0,
): Machine {
  const machine = makeGuest({
    kernel,
    ram: [{ start: 0, end: GIB, node: 0 }],
    autoOnlineBlocks: 'offline',
    drivers: { acpi: { slots: 5 } },
  })
  for (const id of ['a', 'b']) plug(machine, { id, sizeBytes: GIB, node: 1 })
  for (const id of ['c', 'd'].slice(0, more)) plug(machine, { id, sizeBytes: GIB, node: 0 })
  plug(machine, { id: 'last', sizeBytes: 128 * MIB, node: 1 })
  writeState(machine, more === 0 ? 48 : 64, 'online_movable')
  if (word !== 'offline') for (const id of numbers(32, 47)) writeState(machine, id, word)
  return machine
}

/** Pages in the pool of a node, and free ones. */
const pool = (machine: Machine, node = 1): readonly number[] =>
  ['nr', 'free', 'surplus'].map((name) =>
    Number(read(machine, `${POOL.replace('node1', `node${node}`)}/${name}_hugepages`)),
  )

const size = (machine: Machine, count: number, node = 1) =>
  write(machine, `${POOL.replace('node1', `node${node}`)}/nr_hugepages`, `${count}\n`)

/** What each block answers that is taken offline, one after the other. */
const offlined = (machine: Machine, first: number, last: number) =>
  numbers(first, last).map((id) => writeState(machine, id, 'offline') ?? 'ok')

const use = (machine: Machine, count = 1): void =>
  void perform(openSession(machine), { op: 'use-huge', node: 1, count, mib: 1024 })

const freePages = (machine: Machine, zone: string): number =>
  machine.state.memory.zones.get(`1/${zone}`)?.free.freePages ?? -1

describe.each([
  { kernel: 'v6.1', partOfGigantic: 'refused', ofMovable: 'never' },
  { kernel: 'v6.12', partOfGigantic: 'goes', ofMovable: 'never' },
  { kernel: 'v7.3', partOfGigantic: 'goes', ofMovable: 'by setting' },
])('$kernel', ({ kernel, partOfGigantic, ofMovable }) => {
  const isRefused = partOfGigantic === 'refused'

  test('a page that is free: until 6.1 the last of its blocks goes first, then all', () => {
    const machine = guest(kernel, 'online_kernel')
    expect(size(machine, 1)).toBeNull()
    expect(pool(machine)).toEqual([1, 1, 0])
    expect(freePages(machine, 'Normal')).toBe(262_144)
    const busy = numbers(32, 38).map(() => (isRefused ? 'EBUSY' : 'ok'))
    expect(offlined(machine, 32, 39)).toEqual([...busy, 'ok'])
    expect(pool(machine)).toEqual([0, 0, 0])
    if (isRefused) expect(offlined(machine, 32, 38)).toEqual(busy.map(() => 'ok'))
  })

  test('a page in use has nowhere to go, however much is free elsewhere, but into another one', () => {
    const machine = guest(kernel, 'online_kernel', 2)
    for (const id of numbers(48, 63)) writeState(machine, id, 'online_kernel')
    size(machine, 1)
    use(machine)
    expect(offlined(machine, 38, 39)).toEqual([isRefused ? 'EBUSY' : 'EINTR', 'EINTR'])
    const log = machine.state.journal.log.map(({ text }) => text)
    expect(log.filter((text) => text.startsWith('migrating'))).toContain(
      'migrating pfn 100000 failed ret:-12',
    )
    expect(size(machine, 1, 0)).toBeNull()
    expect([pool(machine, 0), pool(machine)]).toEqual([
      [1, 1, 0],
      [1, 0, 0],
    ])
    expect(offlined(machine, 38, 39)).toEqual([isRefused ? 'EBUSY' : 'ok', 'ok'])
    expect([pool(machine, 0), pool(machine)]).toEqual([
      [1, 0, 0],
      [0, 0, 0],
    ])
    expect(offlined(machine, 32, 37)).toEqual(numbers(32, 37).map(() => 'ok'))
  })

  test('a pool takes none of Movable, unless it is told to since 7.0', () => {
    const machine = guest(kernel, 'online_movable')
    size(machine, 1)
    expect(pool(machine)).toEqual([0, 0, 0])
    if (ofMovable === 'never') {
      expect(machine.tree.lookup(MOVABLE)).toBeUndefined()
      return
    }
    expect(read(machine, MOVABLE)).toBe('0')
    expect(
      ['2\n', '-1\n', 'x\n', '\n', '1\n'].map((text) => write(machine, MOVABLE, text)),
    ).toEqual([null, null, 'EINVAL', 'EINVAL', null])
    size(machine, 3)
    expect(pool(machine)).toEqual([2, 2, 0])
    expect(offlined(machine, 32, 47)).toEqual(numbers(32, 47).map(() => 'ok'))
  })

  test('of kernel zones it takes the lowest GiB that is whole, and pages that can move make room', () => {
    const machine = guest(kernel, 'offline')
    for (const id of numbers(32, 39)) writeState(machine, id, 'online_kernel')
    for (const id of numbers(40, 47)) writeState(machine, id, 'online_movable')
    const session = openSession(machine)
    perform(session, { op: 'fill', file: 'f', node: 1, mib: 1500, policy: 'bind' })
    size(machine, 2)
    expect(pool(machine)).toEqual([1, 1, 0])
    expect(perform(session, { op: 'drop', file: 'f' })).toMatchObject({ isIntact: true })
    expect(size(machine, 0)).toBeNull()
    expect([pool(machine), freePages(machine, 'Normal')]).toEqual([[0, 0, 0], 262_144])
  })

  test('one page of the kernel in a GiB, and the pool takes the next one', () => {
    const machine = guest(kernel, 'online_kernel')
    perform(openSession(machine), { op: 'obstruct', name: 'k', block: 33, pages: 1 })
    size(machine, 2)
    expect(pool(machine)).toEqual([1, 1, 0])
    expect(offlined(machine, 46, 47)).toEqual([isRefused ? 'EBUSY' : 'ok', 'ok'])
  })
})

test('the first page is a head, and all others of the eight blocks are tails', () => {
  const machine = guest('v7.3', 'online_kernel')
  size(machine, 1)
  const file = openDirectory(machine.tree, '/proc')?.get('kpageflags')
  if (file?.kind !== 'file') throw new Error('There is no kpageflags.')
  const entry = (page: number): bigint | undefined =>
    new BigUint64Array(file.bytes?.(page * 8, 8).slice().buffer ?? new ArrayBuffer(0))[0]
  const [head, tail] = [0x28000n, 0x30000n]
  expect([0, 1, 512, 32_768, 262_143].map((page) => entry(0x10_0000 + page))).toEqual([
    head,
    tail,
    tail,
    tail,
    tail,
  ])
  expect(entry(0x14_0000)).toBe(0x400n)
  expect(bytesOfText(machine.tree.read(`${POOL}/nr_hugepages`))).toHaveLength(2)
})

test('a pool that is made smaller keeps what is in use, as surplus, until it is released', () => {
  const machine = guest('v6.1', 'online_kernel')
  size(machine, 2)
  use(machine)
  size(machine, 0)
  expect(pool(machine)).toEqual([1, 0, 1])
  size(machine, 1)
  expect(pool(machine)).toEqual([1, 0, 0])
  size(machine, 0)
  perform(openSession(machine), { op: 'release-huge', node: 1, count: 1, mib: 1024 })
  expect([pool(machine), freePages(machine, 'Normal')]).toEqual([[0, 0, 0], 524_288])
})

test.each(['-1\n', 'x\n', '1x\n', '\n'])('a number of pages that reads %j is refused', (text) => {
  const machine = guest('v6.1', 'online_kernel')
  expect(write(machine, `${POOL}/nr_hugepages`, text)).toBe('EINVAL')
  expect(refusalOf(() => machine.tree.write(`${POOL}/free_hugepages`, '1'))?.errno).toBe('EACCES')
})

test('huge pages of a size that there is not are refused, with those that there are', () => {
  const machine = guest('v6.1', 'online_kernel')
  const refusal = refusalOf(() =>
    perform(openSession(machine), { op: 'reserve-huge', node: 1, count: 1, mib: 512 }),
  )
  expect(refusal).toMatchObject({ code: 'BAD_ARGUMENT', errno: 'EINVAL' })
  expect(refusal?.message).toContain('of 2 and 1024 MiB')
})

test.each([
  ['nothing is said of its blocks', {}],
  ['it is counted in its blocks', { hugetlb: 32_768 }],
] as const)('a description has gigantic pages, where %s', (_, used) => {
  const ram = [{ start: 0, end: 3 * GIB, node: 0 }]
  const blocks =
    Object.keys(used).length === 0
      ? []
      : numbers(8, 15).map((id) => ({
          id,
          nodes: [0],
          zone: 'DMA32',
          state: 'online' as const,
          early: true,
          use: { ...NOTHING_USED, ...used },
        }))
  const describe = (start: number): MachineDescription => ({
    ...GUEST,
    ram,
    blocks,
    giganticPages: [{ start, state: 'used' }],
  })
  const machine = createMachine(describe(GIB), PLUGINS)
  expect(pool(machine, 0)).toEqual([1, 0, 0])
  expect(offlined(machine, 8, 14)).toEqual(numbers(8, 14).map(() => 'EBUSY'))
  for (const start of [GIB / 2, 0, 2 * GIB]) {
    const refusal = refusalOf(() => createMachine(describe(start), PLUGINS))
    expect(refusal).toMatchObject({
      code: 'BAD_DESCRIPTION',
      detail: { place: expect.stringContaining('giganticPages[0]') },
    })
  }
})
