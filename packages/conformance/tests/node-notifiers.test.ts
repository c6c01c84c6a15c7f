// The node chain. Source: probes of node_notify and memory_notify on 6.17.13, 6.18.15 and 7.3.4; spec/linux-6.12-to-7.3.md, answer 16.
import {
  GIB,
  HotplugError,
  type Machine,
  type NodeEvent,
  registerMemoryNotifier,
  registerNodeNotifier,
} from '@memhp/core'
import { injectFault } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { makeGuest, plug, read, ueventsSince, writeState } from './machines'

/** A guest whose node 1 has got its first device, with all blocks offline, and what its chains are told of from then on. */
function listening(kernel: string): { machine: Machine; told: string[] } {
  const machine = makeGuest({ kernel, autoOnlineBlocks: 'offline' })
  plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })
  const told: string[] = []
  registerMemoryNotifier(machine.memoryChain, {
    name: 'memory',
    priority: 0,
    notifier: (event) => {
      told.push(event)
      return 'ok'
    },
  })
  registerNodeNotifier(machine.nodeChain, {
    name: 'nodes',
    priority: 0,
    notifier: (event, { nodeId }) => {
      told.push(`${event} ${nodeId}`)
      return 'ok'
    },
  })
  return { machine, told }
}

const refuse = (machine: Machine, event: NodeEvent): (() => void) =>
  registerNodeNotifier(machine.nodeChain, {
    name: 'refuser',
    priority: 5,
    notifier: (seen) => (seen === event ? 'EIO' : 'ok'),
  })

function failOnce(machine: Machine, point: string): void {
  const forget = injectFault(machine, (at) => {
    if (at !== point) return undefined
    forget()
    return new HotplugError('OUT_OF_MEMORY', 'ENOMEM', 'No memory.')
  })
}

const has = (machine: Machine, what: string): string =>
  read(machine, `/sys/devices/system/node/has_${what}`)

describe('the node chain of 7.3', () => {
  test('is told of the first memory and of the last, around and before the memory chain', () => {
    const { machine, told } = listening('v7.3')
    expect(writeState(machine, 32, 'online_movable')).toBeNull()
    expect(writeState(machine, 33, 'online_movable')).toBeNull()
    expect(writeState(machine, 33, 'offline')).toBeNull()
    expect(writeState(machine, 32, 'offline')).toBeNull()
    expect(told).toEqual([
      'NODE_ADDING_FIRST_MEMORY 1',
      'MEM_GOING_ONLINE',
      'NODE_ADDED_FIRST_MEMORY 1',
      'MEM_ONLINE',
      ...['MEM_GOING_ONLINE', 'MEM_ONLINE', 'MEM_GOING_OFFLINE', 'MEM_OFFLINE'],
      'NODE_REMOVING_LAST_MEMORY 1',
      'MEM_GOING_OFFLINE',
      'NODE_REMOVED_LAST_MEMORY 1',
      'MEM_OFFLINE',
    ])
  })

  test('is cancelled behind the memory chain, where that refuses', () => {
    const { machine, told } = listening('v7.3')
    failOnce(machine, 'chain/MEM_GOING_ONLINE')
    expect(writeState(machine, 32, 'online')).toBe('ENOMEM')
    expect(told).toEqual([
      'NODE_ADDING_FIRST_MEMORY 1',
      'MEM_GOING_ONLINE',
      'MEM_CANCEL_ONLINE',
      'NODE_CANCEL_ADDING_FIRST_MEMORY 1',
    ])
    expect(has(machine, 'memory')).toBe('0')
  })

  test('may refuse: the memory chain is not asked then, and the write answers its errno', () => {
    const { machine, told } = listening('v7.3')
    const forget = refuse(machine, 'NODE_ADDING_FIRST_MEMORY')
    expect(writeState(machine, 32, 'online')).toBe('EIO')
    expect(told).toEqual(['NODE_CANCEL_ADDING_FIRST_MEMORY 1'])
    forget()
    expect(writeState(machine, 32, 'online_movable')).toBeNull()
    refuse(machine, 'NODE_REMOVING_LAST_MEMORY')
    expect(writeState(machine, 32, 'offline')).toBe('EIO')
    expect(has(machine, 'memory')).toBe('0-1')
    checkInvariants(machine)
  })
})

test('kernels before 6.17 have no such chain', () => {
  const { machine, told } = listening('v6.16')
  expect(writeState(machine, 32, 'online_movable')).toBeNull()
  expect(told.filter((event) => event.startsWith('NODE'))).toEqual([])
})

describe('a node with its first memory', () => {
  test.each([
    ['v6.17', ['add memory32', 'add memory33', 'add node1']],
    ['v6.18', ['add node1', 'add memory32', 'add memory33']],
  ])('of %s', (kernel, uevents) => {
    const machine = makeGuest({ kernel, autoOnlineBlocks: 'offline' })
    const since = machine.state.journal.seqnum
    plug(machine, { id: 'dimm', sizeBytes: GIB / 4, node: 1 })
    const names = ueventsSince(machine, since).map((text) => text.replace(/ \S*\/(\w+).*/, ' $1'))
    expect(names.filter((text) => /memory|node/.test(text))).toEqual(uevents)
  })

  test('is taken back where its blocks cannot be made', () => {
    const machine = makeGuest({ kernel: 'v6.18', autoOnlineBlocks: 'offline' })
    failOnce(machine, 'sysfs/memory-block')
    plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })
    expect(read(machine, '/sys/devices/system/node/online')).toBe('0')
    checkInvariants(machine)
  })

  test.each([
    ['v6.16', '0-1', '0'],
    ['v6.17', '0', '0'],
    ['v6.18', '0', '0'],
    ['v6.19', '0-1', '0'],
  ])('is in has_normal_memory of %s as %s, and after it as %s', (kernel, first, last) => {
    const { machine } = listening(kernel)
    writeState(machine, 35, 'online_movable')
    writeState(machine, 32, 'online_kernel')
    expect(has(machine, 'normal_memory')).toBe(first)
    writeState(machine, 32, 'offline')
    expect(has(machine, 'normal_memory')).toBe(last)
  })
})
