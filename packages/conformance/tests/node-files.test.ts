// Files of a node that came with new kernels. Source: guests of Linux 7.3.4, which answered just so.
import {
  allocateTracked,
  blockId,
  type Machine,
  nodeId,
  offlineBlock,
  onlineBlock,
  placeUnmovablePage,
  refusalOf,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { describe, expect, test } from 'vitest'
import { makeGuest, plug, unplug, write } from './machines'

const NODE = '/sys/devices/system/node/node1'
const MIB = 2 ** 20

function guest(kernel: string): Machine {
  const machine = makeGuest({ kernel, autoOnlineBlocks: 'online_movable' })
  plug(machine, { id: 'd', sizeBytes: 256 * MIB, node: 1 })
  return machine
}

const fail = (machine: Machine, address: number, how: 'hard' | 'soft' = 'hard') =>
  write(machine, `/sys/devices/system/memory/${how}_offline_page`, `0x${address.toString(16)}`)

const countsOf = (machine: Machine, node = NODE): Readonly<Record<string, number>> =>
  Object.fromEntries(
    machine.tree
      .list(`${node}/memory_failure`)
      .map((name) => [name, Number(machine.tree.read(`${node}/memory_failure/${name}`))]),
  )

const NONE = { total: 0, ignored: 0, failed: 0, delayed: 0, recovered: 0 }

describe('memory_failure of a node', () => {
  test('counts pages that failed by what could be done, once each, and those that are soft-offlined not', () => {
    const machine = guest('v7.3')
    const { start } = blockRange(machine, blockId(33))
    const first = start * 4096
    expect(countsOf(machine)).toEqual(NONE)
    expect(fail(machine, first)).toBeNull()
    expect(fail(machine, first)).toBe('EHWPOISON')
    expect(fail(machine, first + MIB, 'soft')).toBeNull()
    expect(countsOf(machine)).toEqual({ ...NONE, total: 1, recovered: 1 })
    const file = allocateTracked(machine, {
      name: 'f',
      kind: 'file',
      pageCount: 8,
      nodeId: nodeId(1),
    })
    expect(fail(machine, (file.pages[0] ?? 0) * 4096)).toBeNull()
    const kernel = placeUnmovablePage(machine, { range: blockRange(machine, blockId(1)) })
    expect(fail(machine, (kernel ?? 0) * 4096)).toBe('EBUSY')
    expect(countsOf(machine)).toEqual({ ...NONE, total: 2, recovered: 2 })
    const other = countsOf(machine, '/sys/devices/system/node/node0')
    expect(other).toEqual({ ...NONE, total: 1, ignored: 1 })
  })

  test('stays as the node goes and comes', () => {
    const machine = guest('v7.3')
    fail(machine, blockRange(machine, blockId(33)).start * 4096)
    unplug(machine, 'd')
    plug(machine, { id: 'e', sizeBytes: 256 * MIB, node: 1 })
    expect(countsOf(machine)).toEqual({ ...NONE, total: 1, recovered: 1 })
  })

  test.each([
    ['v6.1', false, false],
    ['v6.12', true, false],
    ['v6.18', true, true],
    ['v7.3', true, true],
  ])('is there with %s: %s; reclaim: %s', (kernel, counts, reclaims) => {
    const { tree } = guest(kernel)
    expect(tree.lookup(`${NODE}/memory_failure`) !== undefined).toBe(counts)
    expect(tree.lookup(`${NODE}/reclaim`) !== undefined).toBe(reclaims)
  })

  test('is not there where the kernel has no handling of failed pages', () => {
    const machine = makeGuest({ kernel: 'v7.3', config: { memoryFailure: false } })
    expect(machine.tree.lookup('/sys/devices/system/node/node0/memory_failure')).toBeUndefined()
  })
})

test.each([
  ['0', null],
  ['0\n', null],
  ['1M', 'EAGAIN'],
  ['1M swappiness=5\n', 'EAGAIN'],
  ['x', 'EINVAL'],
  ['\n', 'EINVAL'],
  ['1M x=5', 'EINVAL'],
])('reclaim of a node is asked for %j: %s', (text, errno) => {
  const machine = guest('v7.3')
  expect(write(machine, `${NODE}/reclaim`, text)).toBe(errno)
})

test('a block with a page that failed does not come online again', () => {
  const machine = guest('v7.3')
  fail(machine, blockRange(machine, blockId(33)).start * 4096)
  offlineBlock(machine, blockId(33))
  const refusal = refusalOf(() => onlineBlock(machine, blockId(33), 'online_movable'))
  expect(refusal?.errno).toBe('EHWPOISON')
})
