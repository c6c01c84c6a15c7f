// Section 8.12 of the 6.1 specification: corner cases of what files take.
import { x86_64 } from '@memhp/arch-x86'
import { createMachine, GIB, type Machine, MIB, SUBSYSTEMS } from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { describe, expect, test } from 'vitest'
import {
  blockFile,
  EJECT,
  GUEST,
  makeGuest,
  plug,
  read,
  readBlock,
  statesOf,
  write,
} from './machines'

const MEMORY = '/sys/devices/system/memory'
const PARAMETERS = '/sys/module/memory_hotplug/parameters'

function machineWithBlock(): Machine {
  const machine = makeGuest()
  plug(machine, { id: 'dimm', sizeBytes: 128 * MIB })
  return machine
}

describe('v6.1/82 state', () => {
  test.each(['online', 'online\n', 'online_kernel', 'online_movable\n'])('takes %j', (text) => {
    const machine = machineWithBlock()
    expect(write(machine, blockFile(32, 'state'), text)).toBeNull()
    expect(readBlock(machine, 32, 'state')).toBe('online')
  })

  const WRONG = [
    'online ',
    ' online',
    'ONLINE',
    '\n',
    'online\n\n',
    'onlin',
    'online_',
    '1',
    'going-offline',
  ]
  test.each(WRONG)('refuses %j with EINVAL', (text) => {
    const machine = machineWithBlock()
    expect(write(machine, blockFile(32, 'state'), text)).toBe('EINVAL')
    expect(readBlock(machine, 32, 'state')).toBe('offline')
  })

  test('is not called at all by a write of nothing', () => {
    expect(write(machineWithBlock(), blockFile(32, 'state'), '')).toBeNull()
  })
})

/** With ARCH_MEMORY_PROBE, which Debian's kernels have on powerpc only. */
const PROBING = { ...GUEST, config: { memoryProbe: true } }

const probe = (text: string): readonly [string | null, readonly string[]] => {
  const machine = createMachine(PROBING, {
    archs: [x86_64],
    drivers: [acpiDriver],
    subsystems: SUBSYSTEMS,
  })
  return [write(machine, `${MEMORY}/probe`, text), statesOf(machine, [32])]
}

describe('v6.1/83 probe', () => {
  const SAME = ['0x100000000', '0X100000000\n', '4294967296', '040000000000', '+4294967296\n']
  test.each(SAME)('adds the block at %j', (text) => {
    expect(probe(text)).toEqual([null, ['offline']])
  })

  test.each([
    ['0x100000000 ', 'EINVAL'],
    ['4294967296kB', 'EINVAL'],
    ['', null],
    ['-4294967296', 'EINVAL'],
    ['0x1000000000000000000', 'ERANGE'],
    ['18446744073709551616', 'ERANGE'],
    ['0x104000000', 'EINVAL'],
    ['0x0', 'EEXIST'],
  ])('answers %j with %s', (text, errno) => {
    expect(probe(text)).toEqual([errno, ['-']])
  })

  test('makes a block that belongs to no group (v6.1/81)', () => {
    const machine = createMachine(PROBING, {
      archs: [x86_64],
      drivers: [acpiDriver],
      subsystems: SUBSYSTEMS,
    })
    write(machine, `${MEMORY}/probe`, '0x100000000')
    expect(
      [...machine.state.memory.blocks.separated.values()].map(({ groupId }) => groupId),
    ).toEqual([null])
  })
})

describe('v6.1/84 auto_online_blocks', () => {
  const file = `${MEMORY}/auto_online_blocks`

  test.each(['offline', 'online', 'online_kernel\n', 'online_movable'])(
    'takes %j and reads it back',
    (text) => {
      const machine = machineWithBlock()
      expect(write(machine, file, text)).toBeNull()
      expect(machine.tree.read(file)).toBe(`${text.trim()}\n`)
      expect(statesOf(machine, [32])).toEqual(['offline'])
    },
  )

  test.each(['Online', 'online ', '1', '\n'])('refuses %j with EINVAL', (text) => {
    const machine = machineWithBlock()
    expect(write(machine, file, text)).toBe('EINVAL')
    expect(read(machine, file)).toBe('offline')
  })

  test.each([
    ['online', 'Normal'],
    ['online_kernel', 'Normal'],
    ['online_movable', 'Movable'],
  ])('brings blocks that are added later online: %s', (text, zone) => {
    const machine = makeGuest()
    write(machine, file, text)
    plug(machine, { id: 'dimm', sizeBytes: GIB })
    expect(new Set(statesOf(machine, [32, 35, 39]))).toEqual(new Set(['online']))
    expect(readBlock(machine, 39, 'valid_zones')).toBe(zone)
  })
})

describe('v6.1/85 parameters', () => {
  test.each([
    ['online_policy', 'auto-movable\n', 'auto-movable'],
    ['online_policy', 'contig-zones', 'contig-zones'],
    ['auto_movable_ratio', '0', '0'],
    ['auto_movable_ratio', '0x64\n', '100'],
    ['auto_movable_ratio', '4294967295', '4294967295'],
    ['auto_movable_numa_aware', 'n', 'N'],
  ])('%s takes %j', (name, text, shown) => {
    const machine = makeGuest()
    expect(write(machine, `${PARAMETERS}/${name}`, text)).toBeNull()
    expect(read(machine, `${PARAMETERS}/${name}`)).toBe(shown)
  })

  test.each([
    ['online_policy', 'auto', 'EINVAL'],
    ['online_policy', 'contig-zones ', 'EINVAL'],
    ['auto_movable_ratio', '-1', 'EINVAL'],
    ['auto_movable_ratio', '3.5', 'EINVAL'],
    ['auto_movable_ratio', 'x', 'EINVAL'],
    ['auto_movable_numa_aware', '?', 'EINVAL'],
    ['memmap_on_memory', 'y', 'EACCES'],
  ])('%s answers %j with %s', (name, text, errno) => {
    expect(write(makeGuest(), `${PARAMETERS}/${name}`, text)).toBe(errno)
  })
})

describe('v6.1/86 eject', () => {
  test.each(['1', '10', '1abc', '1\n'])('takes %j', (text) => {
    const machine = machineWithBlock()
    expect(write(machine, EJECT, text)).toBeNull()
    expect(statesOf(machine, [32])).toEqual(['-'])
  })

  test.each(['01', ' 1', '0', 'y', '\n'])('refuses %j with EINVAL', (text) => {
    const machine = machineWithBlock()
    expect(write(machine, EJECT, text)).toBe('EINVAL')
    expect(statesOf(machine, [32])).toEqual(['offline'])
  })
})

describe('v6.1/87 /sys/firmware/acpi/hotplug/memory/enabled', () => {
  const file = '/sys/firmware/acpi/hotplug/memory/enabled'

  test.each([
    ['0', '0'],
    ['1\n', '1'],
    ['01', '1'],
    ['00', '0'],
  ])('takes %j', (text, shown) => {
    const machine = makeGuest()
    expect(write(machine, file, text)).toBeNull()
    expect(read(machine, file)).toBe(shown)
  })

  test.each(['2', 'y', '0x1', '1 ', '-0'])('refuses %j with EINVAL', (text) => {
    const machine = makeGuest()
    expect(write(machine, file, text)).toBe('EINVAL')
    expect(read(machine, file)).toBe('1')
  })
})
