// Section 8.2 of the 6.1 specification: one block and its two files.
import { type Machine, MIB, type OnlineType } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import {
  blockFile,
  makeGuest,
  memTotalKib,
  plug,
  readBlock,
  ueventsSince,
  write,
  writeState,
  zoneCounts,
} from './machines'

function machineWithBlock(cmdline = ''): Machine {
  const machine = makeGuest({ cmdline })
  plug(machine, { id: 'dimm', sizeBytes: 128 * MIB })
  return machine
}

const zone = (machine: Machine): string => readBlock(machine, 32, 'valid_zones')
const echo = (machine: Machine, text: string) => write(machine, blockFile(32, 'online'), text)

describe('the stored type', () => {
  test.each([
    ['online_movable', 'online_kernel', 'Normal'],
    ['online_kernel', 'online_movable', 'Movable'],
  ] as const)(
    'v6.1/16: of a refused write of %s over %s decides the next echo 1 > online',
    (first, refused, expected) => {
      const machine = machineWithBlock()
      writeState(machine, 32, first)
      expect(writeState(machine, 32, refused)).toBe('EINVAL')
      expect(writeState(machine, 32, 'offline')).toBeNull()
      expect(echo(machine, '1')).toBeNull()
      expect(zone(machine)).toBe(expected)
    },
  )

  test('v6.1/16: plain online, refused, is stored too: the default rule decides', () => {
    const machine = machineWithBlock('movable_node')
    writeState(machine, 32, 'online_kernel')
    expect(writeState(machine, 32, 'online')).toBe('EINVAL')
    writeState(machine, 32, 'offline')
    echo(machine, '1')
    expect(zone(machine)).toBe('Movable')
  })

  test('v6.1/17: is gone after an attempt that succeeded', () => {
    const machine = machineWithBlock()
    writeState(machine, 32, 'online_movable')
    writeState(machine, 32, 'online_movable')
    writeState(machine, 32, 'offline')
    echo(machine, '1')
    expect(zone(machine)).toBe('Movable')
    writeState(machine, 32, 'offline')
    echo(machine, '1')
    expect(zone(machine)).toBe('Normal')
  })

  test('v6.1/17: is gone after an attempt that failed', () => {
    const machine = machineWithBlock()
    const actions = '/sys/kernel/debug/notifier-error-inject/memory/actions'
    write(machine, `${actions}/MEM_GOING_ONLINE/error`, '-12')
    expect(writeState(machine, 32, 'online_movable')).toBe('ENOMEM')
    write(machine, `${actions}/MEM_GOING_ONLINE/error`, '0')
    echo(machine, '1')
    expect(zone(machine)).toBe('Normal')
  })

  test('v6.1/14: is not set by a word that state does not know', () => {
    const machine = machineWithBlock()
    writeState(machine, 32, 'online')
    expect(write(machine, blockFile(32, 'state'), 'online_movable ')).toBe('EINVAL')
    writeState(machine, 32, 'offline')
    echo(machine, '1')
    expect(zone(machine)).toBe('Normal')
  })
})

describe('online', () => {
  test.each(['1', 'y', 'Y', 't', 'T', 'on', 'oN', 'ON\n', 'online', 'online_movable', '1junk'])(
    'v6.1/15: takes %j for true',
    (text) => {
      const machine = machineWithBlock()
      expect(echo(machine, text)).toBeNull()
      expect([readBlock(machine, 32, 'state'), zone(machine)]).toEqual(['online', 'Normal'])
    },
  )

  test.each(['0', 'n', 'N', 'f', 'F', 'of', 'oFF', 'offline\n', 'false'])(
    'v6.1/15: takes %j for false',
    (text) => {
      const machine = machineWithBlock()
      writeState(machine, 32, 'online')
      expect(echo(machine, text)).toBeNull()
      expect(readBlock(machine, 32, 'state')).toBe('offline')
    },
  )

  test.each(['2', 'o', 'ox', '\n', ' 1', 'enable'])('v6.1/15: refuses %j with EINVAL', (text) => {
    expect(echo(machineWithBlock(), text)).toBe('EINVAL')
  })

  test('v6.1/13: says nothing where the block has that state already', () => {
    const machine = machineWithBlock()
    const { seqnum } = machine.state.journal
    expect(echo(machine, '0')).toBeNull()
    expect(ueventsSince(machine, seqnum)).toEqual([])
  })
})

/** All that a block and its zones show. */
const picture = (machine: Machine) => ({
  state: readBlock(machine, 32, 'state'),
  online: readBlock(machine, 32, 'online'),
  zones: zone(machine),
  normal: zoneCounts(machine, '0/Normal'),
  movable: zoneCounts(machine, '0/Movable'),
  total: memTotalKib(machine),
})

const TYPES: readonly OnlineType[] = ['online', 'online_kernel', 'online_movable']

describe.each(TYPES)('a block that goes online by %s and offline again', (type) => {
  test('v6.1/31 v6.1/32: adds its pages and takes them away', () => {
    const machine = machineWithBlock()
    const before = picture(machine)
    writeState(machine, 32, type)
    expect(memTotalKib(machine) - before.total).toBe(131_072)
    writeState(machine, 32, 'offline')
    expect(picture(machine)).toEqual(before)
  })

  test('v6.1/20: emits one uevent each way, and none for what is refused', () => {
    const machine = machineWithBlock()
    const { seqnum } = machine.state.journal
    for (const word of [type, type, 'offline', 'offline'] as const) writeState(machine, 32, word)
    expect(ueventsSince(machine, seqnum)).toEqual([
      'online /devices/system/memory/memory32',
      'offline /devices/system/memory/memory32',
    ])
  })

  test('v6.1/27: is in Movable exactly where it was told so', () => {
    const machine = machineWithBlock()
    writeState(machine, 32, type)
    expect(zone(machine)).toBe(type === 'online_movable' ? 'Movable' : 'Normal')
  })
})

test('v6.1/37: a block that holds its own memmap has it present, and all but it managed', () => {
  const machine = machineWithBlock('memory_hotplug.memmap_on_memory=1')
  writeState(machine, 32, 'online_movable')
  const memmapPages = (32_768 * 64) / 4096
  const counts = { spanned: 32_768, present: 32_768, managed: 32_768 - memmapPages }
  expect(zoneCounts(machine, '0/Movable')).toMatchObject(counts)
})

// Guests of 6.1, 6.12.117, 7.2.13 and 7.3.4.
describe('a node with its first memory', () => {
  const withDevice = (kernel: string): Machine => {
    const machine = makeGuest({ kernel, autoOnlineBlocks: 'offline' })
    plug(machine, { id: 'dimm', sizeBytes: 512 * MIB, node: 1 })
    return machine
  }

  test.each([
    ['v6.1', null],
    ['v6.12', null],
    ['v6.18', 'EBUSY'],
    ['v7.3', 'EBUSY'],
  ] as const)(
    'of %s: what came online first in a kernel zone goes offline again: %s',
    (kernel, errno) => {
      const machine = withDevice(kernel)
      expect(writeState(machine, 32, 'online_kernel')).toBeNull()
      expect(writeState(machine, 33, 'online_kernel')).toBeNull()
      expect(writeState(machine, 33, 'offline')).toBeNull()
      expect(writeState(machine, 32, 'offline')).toBe(errno)
    },
  )

  test('has its threads elsewhere where what came online first is movable', () => {
    const machine = withDevice('v7.3')
    writeState(machine, 34, 'online_movable')
    writeState(machine, 33, 'online_kernel')
    expect(writeState(machine, 33, 'offline')).toBeNull()
    expect(writeState(machine, 34, 'offline')).toBeNull()
  })
})
