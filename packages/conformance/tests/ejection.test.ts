// Section 8.8 of the 6.1 specification: ejection of ACPI memory devices, and 8.11: their groups.
import {
  blockId,
  GIB,
  HotplugError,
  type Machine,
  MIB,
  nodeId,
  placeUnmovablePage,
  removeUnmovablePage,
  settle,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { registerGroup, unregisterGroup } from '@memhp/core/plugin'
import { setFirmware } from '@memhp/driver-acpi'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import {
  EJECT,
  logTexts,
  makeGuest,
  numbers,
  ostReports,
  plug,
  read,
  readBlock,
  statesOf,
  ueventsSince,
  unplug,
  write,
  writeState,
} from './machines'

const DEVICE = numbers(32, 39)
const STATUS = '/sys/bus/acpi/devices/PNP0C80:00/status'
const ENABLED = '/sys/firmware/acpi/hotplug/memory/enabled'

function withDevice(
  online: Readonly<Record<number, 'online_kernel' | 'online_movable'>> = {},
): Machine {
  const machine = makeGuest()
  plug(machine, { id: 'dimm', sizeBytes: GIB })
  for (const [id, type] of Object.entries(online)) writeState(machine, Number(id), type)
  return machine
}

const obstruct = (machine: Machine, id: number) =>
  placeUnmovablePage(machine, { range: blockRange(machine, blockId(id)) })

const allGone = (machine: Machine): boolean =>
  statesOf(machine, DEVICE).every((state) => state === '-')

describe('a device that can go', () => {
  const WAYS: readonly (readonly [string, (machine: Machine) => void, number])[] = [
    ['eject', (machine) => void write(machine, EJECT, '1'), 0x103],
    ['device_del', (machine) => unplug(machine, 'dimm'), 3],
  ]

  test.each(WAYS)('v6.1/57 v6.1/60: is gone after %s, offline blocks and all', (_, ask, source) => {
    const machine = withDevice()
    ask(machine)
    expect([allGone(machine), read(machine, STATUS)]).toEqual([true, '0'])
    expect(ostReports(machine).slice(-2)).toEqual([
      [3, 0x84],
      [source, 0],
    ])
    expect(logTexts(machine).filter((text) => text.includes('Offline failed'))).toEqual([])
    checkInvariants(machine)
  })

  test('v6.1/80: takes its group along', () => {
    const machine = withDevice({ 33: 'online_movable' })
    expect(machine.state.memory.groups.size).toBe(1)
    write(machine, EJECT, '1')
    expect(machine.state.memory.groups.size).toBe(0)
  })
})

test('v6.1/80: a group can be given up exactly when it has no blocks', () => {
  const machine = withDevice()
  const busy = [...machine.state.memory.groups.keys()][0] ?? -1
  expect(() => unregisterGroup(machine, busy)).toThrow(expect.objectContaining({ errno: 'EBUSY' }))
  const id = registerGroup(machine, { kind: 'static', nodeId: nodeId(0), pages: 32_768 })
  unregisterGroup(machine, id)
  expect(() => unregisterGroup(machine, id)).toThrow(HotplugError)
})

describe('a device with a block that cannot go', () => {
  const blocked = (): Machine => {
    const machine = withDevice({ 33: 'online_movable', 34: 'online_kernel', 36: 'online_movable' })
    obstruct(machine, 34)
    return machine
  }

  test('v6.1/58: keeps the state of every block, says which one it was, and tells firmware that it is busy', () => {
    const machine = blocked()
    const before = statesOf(machine, DEVICE)
    expect(write(machine, EJECT, '1')).toBeNull()
    expect(statesOf(machine, DEVICE)).toEqual(before)
    expect(logTexts(machine)).toContain('memory memory34: Offline failed.')
    expect(ostReports(machine).slice(-2)).toEqual([
      [3, 0x84],
      [0x103, 0x82],
    ])
    expect(read(machine, STATUS)).toBe('15')
    checkInvariants(machine)
  })

  test('v6.1/59: brings as many blocks online as it took offline', () => {
    const machine = blocked()
    const { seqnum } = machine.state.journal
    unplug(machine, 'dimm')
    const uevents = ueventsSince(machine, seqnum)
    expect(uevents.filter((uevent) => uevent.startsWith('offline'))).toHaveLength(2)
    expect(uevents.filter((uevent) => uevent.startsWith('online'))).toHaveLength(2)
  })

  test('v6.1/62: is tried in ascending order, and once more from the block that failed', () => {
    const machine = blocked()
    const { seqnum } = machine.state.journal
    const tried: string[] = []
    machine.observe((event) => {
      if (event.kind !== 'step' || event.phase !== 'begun') return
      if (event.operation === 'offline' && event.step === 'holes') tried.push('offline')
    })
    write(machine, EJECT, '1')
    // 33, 34 and 36 in the first pass; in the second one 34 alone, which fails and ends it.
    expect(tried).toHaveLength(4)
    expect(
      ueventsSince(machine, seqnum).map((uevent) => uevent.replace(/ .*\/memory/, ' ')),
    ).toEqual(['offline 33', 'offline 36', 'online 33', 'online 36'])
  })

  test('v6.1/57: goes at the second attempt once the obstacle is gone', () => {
    const machine = withDevice({ 33: 'online_kernel' })
    const page = obstruct(machine, 33)
    unplug(machine, 'dimm')
    expect(allGone(machine)).toBe(false)
    if (page !== null) removeUnmovablePage(machine, page)
    unplug(machine, 'dimm')
    expect(allGone(machine)).toBe(true)
  })
})

describe('the write to eject', () => {
  test('v6.1/56: to an empty slot gives ENODEV', () => {
    const machine = makeGuest()
    expect(write(machine, EJECT, '1')).toBe('ENODEV')
  })

  test('v6.1/56: succeeds whatever becomes of the ejection', () => {
    const machine = withDevice({ 32: 'online_kernel' })
    obstruct(machine, 32)
    expect(write(machine, EJECT, '1')).toBeNull()
    expect(allGone(machine)).toBe(false)
  })

  test('v6.1/61: gives ENODEV with hot-plug of memory switched off', () => {
    const machine = withDevice()
    write(machine, ENABLED, '0')
    expect(write(machine, EJECT, '1')).toBe('ENODEV')
    expect(statesOf(machine, DEVICE)).toEqual(Array(8).fill('offline'))
  })
})

test('v6.1/61: a request by firmware is not supported while hot-plug of memory is switched off', () => {
  const machine = withDevice({ 32: 'online_kernel' })
  write(machine, ENABLED, '0')
  const { seqnum } = machine.state.journal
  unplug(machine, 'dimm')
  expect(ostReports(machine).at(-1)).toEqual([3, 0x80])
  expect(ueventsSince(machine, seqnum)).toEqual([])
})

describe('firmware that does not do its part', () => {
  test.each([
    ['missing', '15', 'No _EJ0 support for device'],
    ['fails', '15', 'Eject failed'],
    ['ignored', '15', 'Eject incomplete - status 0xf'],
  ] as const)('v6.1/57: _EJ0 %s: the memory is gone all the same', (ej0, status, text) => {
    const machine = withDevice({ 32: 'online_movable' })
    setFirmware(machine, { device: 'PNP0C80:00', faults: { ej0 } })
    unplug(machine, 'dimm')
    expect([allGone(machine), read(machine, STATUS)]).toEqual([true, status])
    expect(logTexts(machine).some((line) => line.includes(text))).toBe(true)
    checkInvariants(machine)
  })
})

test('v6.1/55: a device whose memory is there already is bound to the blocks that are there', () => {
  const machine = makeGuest({
    drivers: {
      acpi: { slots: 1, devices: [{ slot: 0, ranges: [{ start: GIB, end: GIB + 256 * MIB }] }] },
    },
  })
  settle(machine)
  expect(readBlock(machine, 8, 'state')).toBe('online')
  const directory = '/sys/bus/acpi/devices/PNP0C80:00'
  expect(machine.tree.readlink(`${directory}/physical_node`)).toMatch(/memory\/memory8$/)
  expect(machine.tree.readlink(`${directory}/physical_node1`)).toMatch(/memory\/memory9$/)
  checkInvariants(machine)
  unplug(machine, 'PNP0C80:00')
  expect(statesOf(machine, [7, 8, 9, 10])).toEqual(['online', '-', '-', 'online'])
  checkInvariants(machine)
})
