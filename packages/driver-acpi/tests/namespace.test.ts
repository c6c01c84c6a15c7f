import { settle } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { setFirmware } from '../src'
import {
  eject,
  errnoOf,
  hotAddedStates,
  makeGuest,
  plug,
  readDevice,
  takeLog,
  takePlatformEvents,
  takeUevents,
  unplug,
} from './guest'

const ENABLED = '/sys/firmware/acpi/hotplug/memory/enabled'
const FORCE = '/sys/firmware/acpi/hotplug/force_remove'
const DEVICE = 'PNP0C80:00'

function guestWithDimm() {
  const machine = makeGuest({ slots: 12 })
  plug(machine, 'dimm1')
  takePlatformEvents(machine)
  takeUevents(machine)
  return machine
}

describe('the files of a device', () => {
  test.each([
    ['PNP0C80:00', 'path', '\\_SB_.MHPC.MP00\n'],
    ['PNP0C80:0b', 'path', '\\_SB_.MHPC.MP0B\n'],
    ['PNP0C80:00', 'hid', 'PNP0C80\n'],
    ['PNP0C80:00', 'modalias', 'acpi:PNP0C80:\n'],
    ['PNP0C80:00', 'uid', '0x00\n'],
    ['PNP0C80:00', 'status', '15\n'],
    ['PNP0C80:01', 'status', '0\n'],
    ['PNP0C80:00', 'uevent', 'MODALIAS=acpi:PNP0C80:\n'],
  ])('%s/%s', (device, file, text) => {
    expect(readDevice(guestWithDimm(), device, file)).toBe(text)
  })

  test('are there in every slot, links only while memory is bound', () => {
    const machine = guestWithDimm()
    const fixed = ['path', 'hid', 'modalias', 'uid', 'status', 'eject', 'uevent', 'subsystem']
    const links = ['physical_node', 'physical_node1', 'physical_node2', 'physical_node3']
    const list = (device: string) => machine.tree.list(`/sys/bus/acpi/devices/${device}`)
    expect(list('PNP0C80:00')).toEqual([...fixed, ...links])
    expect(list('PNP0C80:01')).toEqual(fixed)
    unplug(machine, 'dimm1')
    expect(list('PNP0C80:00')).toEqual(fixed)
  })

  test('eject can only be written', () => {
    const machine = guestWithDimm()
    const path = `/sys/bus/acpi/devices/${DEVICE}/eject`
    expect(machine.tree.lookup(path)).toEqual({ kind: 'file', mode: 0o200 })
    expect(errnoOf(() => machine.tree.read(path))).toBe('EACCES')
  })

  test('status answers EIO when _STA fails', () => {
    const machine = guestWithDimm()
    setFirmware(machine, { device: DEVICE, faults: { sta: 'fails' } })
    expect(errnoOf(() => readDevice(machine, DEVICE, 'status'))).toBe('EIO')
  })
})

describe('the links of a device', () => {
  test('lead to its blocks and back', () => {
    const { tree } = guestWithDimm()
    const device = '/sys/bus/acpi/devices/PNP0C80:00'
    const block = '/sys/devices/system/memory/memory33'
    expect(tree.readlink(device)).toBe(
      '../../../devices/LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04/PNP0C80:00',
    )
    expect(tree.readlink(`${device}/physical_node1`)).toBe('../../../../system/memory/memory33')
    expect(tree.read(`${device}/physical_node1/phys_index`)).toBe('00000021\n')
    expect(tree.readlink(`${block}/firmware_node`)).toBe(
      '../../../LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04/PNP0C80:00',
    )
    expect(tree.read(`${block}/firmware_node/path`)).toBe('\\_SB_.MHPC.MP00\n')
    expect(tree.list(`${device}/subsystem/devices`)).toContain('PNP0C80:00')
  })

  test('are as deep as the parent is', () => {
    const machine = makeGuest({ slots: 1, parentPath: 'LNXSYSTM:00' })
    plug(machine, 'dimm1')
    const { tree } = machine
    const device = '/sys/devices/LNXSYSTM:00/PNP0C80:00'
    expect(tree.readlink(`${device}/physical_node`)).toBe('../../system/memory/memory32')
    expect(tree.read(`${device}/physical_node/phys_index`)).toBe('00000020\n')
    expect(tree.list(`${device}/subsystem/devices`)).toEqual(['PNP0C80:00'])
  })
})

describe('a write to eject', () => {
  test.each([
    ['1', undefined],
    ['1\n', undefined],
    ['10', undefined],
    ['1abc', undefined],
    ['01', 'EINVAL'],
    [' 1', 'EINVAL'],
    ['0', 'EINVAL'],
    ['x', 'EINVAL'],
    ['\n', 'EINVAL'],
  ])('of %j', (text, errno) => {
    const machine = guestWithDimm()
    expect(eject(machine, DEVICE, text)).toBe(errno)
    expect(hotAddedStates(machine)).toHaveLength(errno === undefined ? 0 : 4)
  })

  test('of nothing does nothing', () => {
    const machine = guestWithDimm()
    expect(eject(machine, DEVICE, '')).toBeUndefined()
    expect(takePlatformEvents(machine)).toEqual([])
  })

  test('of an empty slot answers ENODEV', () => {
    expect(eject(guestWithDimm(), 'PNP0C80:01')).toBe('ENODEV')
  })

  test('returns before anything has happened', () => {
    const machine = guestWithDimm()
    machine.tree.write(`/sys/bus/acpi/devices/${DEVICE}/eject`, '1')
    expect(hotAddedStates(machine)).toHaveLength(4)
    settle(machine)
    expect(hotAddedStates(machine)).toEqual([])
  })

  test('that comes twice ejects once, and what is queued finds an empty slot', () => {
    const machine = guestWithDimm()
    const path = `/sys/bus/acpi/devices/${DEVICE}/eject`
    machine.tree.write(path, '1')
    machine.tree.write(path, '1')
    settle(machine)
    expect(takePlatformEvents(machine)).toEqual([
      'OST dimm1 3 132',
      'DEVICE_DELETED dimm1',
      'OST - 259 0',
      'OST - 3 132',
      'OST - 259 0',
    ])
  })
})

describe('hotplug/memory/enabled', () => {
  test.each([
    ['0', '0\n'],
    ['0\n', '0\n'],
    ['1', '1\n'],
    ['01', '1\n'],
    ['+1', '1\n'],
  ])('takes %j', (text, shown) => {
    const { tree } = guestWithDimm()
    tree.write(ENABLED, text)
    expect(tree.read(ENABLED)).toBe(shown)
  })

  test.each(['2', 'y', '0x1', '-1', ' 1', '1 ', '\n', '4294967297'])('refuses %j', (text) => {
    const { tree } = guestWithDimm()
    expect(errnoOf(() => tree.write(ENABLED, text))).toBe('EINVAL')
    expect(tree.read(ENABLED)).toBe('1\n')
  })

  test('when 0 keeps memory from being ejected, not from being added', () => {
    const machine = guestWithDimm()
    machine.tree.write(ENABLED, '0')
    expect(eject(machine, DEVICE)).toBe('ENODEV')
    unplug(machine, 'dimm1')
    expect(takePlatformEvents(machine)).toEqual(['OST dimm1 3 128'])
    expect(takeLog(machine)).toEqual(['acpi PNP0C80:00: Eject disabled'])
    expect(hotAddedStates(machine)).toHaveLength(4)
    plug(machine, 'dimm2')
    expect(hotAddedStates(machine)).toHaveLength(8)
  })

  test('is what it was on a captured host', () => {
    const { tree } = makeGuest({ hotplugEnabled: false })
    expect(tree.read(ENABLED)).toBe('0\n')
  })
})

describe('hotplug/force_remove', () => {
  test.each([
    ['0', undefined],
    ['n', undefined],
    ['off', undefined],
    ['1', 'EINVAL'],
    ['on', 'EINVAL'],
    ['2', 'EINVAL'],
    ['x', 'EINVAL'],
  ])('takes %j with %s and reads 0', (text, errno) => {
    const { tree } = guestWithDimm()
    expect(errnoOf(() => tree.write(FORCE, text))).toBe(errno)
    expect(tree.read(FORCE)).toBe('0\n')
  })
})
