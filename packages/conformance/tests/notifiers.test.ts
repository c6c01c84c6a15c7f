// Section 8.6 of the 6.1 specification: notifiers, and the errnos that a change of state gives.
import {
  addMemory,
  allocateTracked,
  blockId,
  type Errno,
  GIB,
  type Machine,
  type MemoryEvent,
  nodeId,
  pfn,
  pinPage,
  placeUnmovablePage,
  registerMemoryNotifier,
  reserveHugePages,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { describe, expect, test } from 'vitest'
import { bytesOf, makeGuest, plug, readBlock, statesOf, write, writeState } from './machines'

const ERRNOS: readonly Errno[] = [
  'EPERM',
  'ENOMEM',
  'EBUSY',
  'EINVAL',
  'EAGAIN',
  'EIO',
  'EHWPOISON',
]

function machineWithBlocks(): Machine {
  const machine = makeGuest()
  plug(machine, { id: 'dimm', sizeBytes: GIB })
  return machine
}

/** Writes down what a notifier of this priority is told. */
function listen(machine: Machine, priority: number): MemoryEvent[] {
  const events: MemoryEvent[] = []
  registerMemoryNotifier(machine.memoryChain, {
    name: `listener ${priority}`,
    priority,
    notifier: (event) => {
      events.push(event)
      return 'ok'
    },
  })
  return events
}

/** Refuses one event. */
const refuse = (machine: Machine, event: MemoryEvent, answer: 'bad' | Errno): (() => void) =>
  registerMemoryNotifier(machine.memoryChain, {
    name: 'refuser',
    priority: 5,
    notifier: (told) => (told === event ? answer : 'ok'),
  })

describe.each([
  ['online', 'MEM_GOING_ONLINE', 'MEM_ONLINE', 'MEM_CANCEL_ONLINE'],
  ['offline', 'MEM_GOING_OFFLINE', 'MEM_OFFLINE', 'MEM_CANCEL_OFFLINE'],
] as const)('going %s', (word, going, done, cancelled) => {
  const prepared = (): Machine => {
    const machine = machineWithBlocks()
    if (word === 'offline') writeState(machine, 32, 'online')
    return machine
  }

  test('v6.1/45 v6.1/46 2012/G-5: is asked, then told', () => {
    const machine = prepared()
    const events = listen(machine, 0)
    expect(writeState(machine, 32, word)).toBeNull()
    expect(events).toEqual([going, done])
  })

  test('v6.1/45 v6.1/46: is cancelled for all, also for those that were never asked', () => {
    const machine = prepared()
    const [early, late] = [listen(machine, 10), listen(machine, 0)]
    refuse(machine, going, 'ENOMEM')
    expect(writeState(machine, 32, word)).toBe('ENOMEM')
    expect([early, late]).toEqual([[going, cancelled], [cancelled]])
  })

  test.each(ERRNOS)('v6.1/47: fails with the %s of a notifier', (errno) => {
    const machine = prepared()
    refuse(machine, going, errno)
    expect(writeState(machine, 32, word)).toBe(errno)
    expect(statesOf(machine, [32])).toEqual([word === 'online' ? 'offline' : 'online'])
  })

  test('v6.1/47: fails with EPERM where a notifier refuses without an errno', () => {
    const machine = prepared()
    refuse(machine, going, 'bad')
    expect(writeState(machine, 32, word)).toBe('EPERM')
  })

  test('v6.1/47: fails with what the injection file says', () => {
    const machine = prepared()
    const file = `/sys/kernel/debug/notifier-error-inject/memory/actions/${going}/error`
    expect(write(machine, file, '-16')).toBeNull()
    expect(writeState(machine, 32, word)).toBe('EBUSY')
    expect(write(machine, file, '0')).toBeNull()
    expect(writeState(machine, 32, word)).toBeNull()
  })

  test('what a notifier answers afterwards does not count', () => {
    const machine = prepared()
    refuse(machine, done, 'EIO')
    expect(writeState(machine, 32, word)).toBeNull()
  })
})

describe('offlining that fails before anybody is asked', () => {
  test.each([
    ['a block of two zones', 0, 'EINVAL'],
    ['a block with kernel memory', 32, 'EBUSY'],
    ['an offline block', 33, 'EINVAL'],
  ] as const)('v6.1/46: calls no notifier (%s)', (_, id, errno) => {
    const machine = machineWithBlocks()
    writeState(machine, 32, 'online')
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(32)) })
    const events = listen(machine, 0)
    expect(writeState(machine, id, 'offline')).toBe(errno)
    expect(events).toEqual([])
  })
})

describe('offlining that fails afterwards', () => {
  test('a pinned page: the real kernel would try for ever; the model stops as by a signal (EINTR)', () => {
    const machine = machineWithBlocks()
    writeState(machine, 32, 'online_movable')
    const { pages } = allocateTracked(machine, {
      name: 'o',
      kind: 'file',
      pageCount: 64,
      nodeId: nodeId(0),
    })
    pinPage(machine, pfn(pages[0] ?? -1))
    const block = Math.floor((pages[0] ?? -1) / 32_768)
    const events = listen(machine, 0)
    expect(writeState(machine, block, 'offline')).toBe('EINTR')
    expect(events).toEqual(['MEM_GOING_OFFLINE', 'MEM_CANCEL_OFFLINE'])
    expect(statesOf(machine, [block])).toEqual(['online'])
  })

  test('a free huge page that is promised to a mapping: EBUSY', () => {
    const machine = makeGuest()
    addMemory(machine, { range: bytesOf(64, 64), nodeId: nodeId(1) })
    writeState(machine, 64, 'online_movable')
    const pool = reserveHugePages(machine, { nodeId: nodeId(1), order: 9, count: 2 })
    pool.reserved = 1
    expect(writeState(machine, 64, 'offline')).toBe('EBUSY')
    pool.reserved = 0
    expect(writeState(machine, 64, 'offline')).toBeNull()
  })

  test('v6.1/18 v6.1/48: leaves valid_zones and removable as they were', () => {
    const machine = machineWithBlocks()
    writeState(machine, 32, 'online_movable')
    refuse(machine, 'MEM_GOING_OFFLINE', 'EBUSY')
    writeState(machine, 32, 'offline')
    expect(
      ['valid_zones', 'removable', 'state'].map((name) => readBlock(machine, 32, name)),
    ).toEqual(['Movable', '1', 'online'])
    expect(machine.tree.read('/proc/pagetypeinfo')).not.toMatch(/Isolate\s.*[1-9]/)
  })
})
