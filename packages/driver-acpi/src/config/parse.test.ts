import { GIB, HotplugError, MIB } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import type { AcpiConfig } from './acpi-config'
import { parseConfig } from './parse'

const devices = (config: AcpiConfig) => parseConfig(config).devices

function refusal(config: unknown): HotplugError {
  try {
    parseConfig(config)
  } catch (error) {
    if (error instanceof HotplugError) return error
    throw error
  }
  throw new Error('The configuration was accepted.')
}

describe('a configuration of slots', () => {
  test('gives every slot a device as QEMU names them', () => {
    const all = devices({ slots: 17 })
    expect(all).toHaveLength(17)
    expect(all[0]).toMatchObject({
      name: 'PNP0C80:00',
      path: '\\_SB_.MHPC.MP00',
      uid: '0x00',
      parent: null,
      status: 0,
      id: null,
      bound: null,
      node: null,
    })
    expect(all[10]).toMatchObject({ name: 'PNP0C80:0a', path: '\\_SB_.MHPC.MP0A', uid: '0x0A' })
    expect(all[16]).toMatchObject({ name: 'PNP0C80:10', slot: 16 })
  })

  test('is empty where there is nothing', () => {
    expect(parseConfig(undefined)).toEqual(parseConfig({}))
    expect(devices({ devices: [] })).toEqual([])
  })

  test('has four empty slots where nothing is said of slots and devices', () => {
    const all = devices({ hotplugEnabled: false })
    expect(all.map(({ slot, status }) => [slot, status])).toEqual([0, 1, 2, 3].map((i) => [i, 0]))
  })

  test('asks for 2 MiB unless told otherwise', () => {
    expect(parseConfig({}).window).toEqual({ start: null, end: null, alignmentBytes: 2 * MIB })
    expect(parseConfig({ windowStart: GIB, windowEnd: 2 * GIB }).window).toMatchObject({
      start: GIB,
      end: 2 * GIB,
    })
  })
})

describe('a configuration of devices', () => {
  test('fills what a device leaves out from its slot, and puts empty slots between', () => {
    const all = devices({
      slots: 4,
      devices: [{ slot: 2, ranges: [{ start: 4 * GIB, end: 5 * GIB }], node: 1, id: 'dimm7' }],
    })
    expect(all.map(({ slot, status, id }) => [slot, status, id])).toEqual([
      [0, 0, null],
      [1, 0, null],
      [2, 15, 'dimm7'],
      [3, 0, null],
    ])
  })

  test('takes the slot from a name', () => {
    const [device] = devices({ devices: [{ name: 'PNP0C80:1f' }] })
    expect(device).toMatchObject({ slot: 31, path: '\\_SB_.MHPC.MP1F' })
  })

  test('gives devices without name and slot the lowest free ones', () => {
    const all = devices({ devices: [{ slot: 1 }, {}, {}] })
    expect(all.map(({ name }) => name)).toEqual(['PNP0C80:00', 'PNP0C80:01', 'PNP0C80:02'])
  })

  test('takes a captured device as present, under its own name', () => {
    const [device] = devices({ devices: [{ name: 'PNP0C80:00', bound: [32, 33], uid: null }] })
    expect(device).toMatchObject({ status: 15, id: 'PNP0C80:00', bound: [32, 33], uid: null })
  })

  test('takes an absent device with a _CRS as an empty slot', () => {
    const [device] = devices({ devices: [{ status: 0, ranges: [{ start: 0, end: MIB }] }] })
    expect(device).toMatchObject({ status: 0, id: null })
  })
})

describe('a wrong configuration', () => {
  const range = (start: number, end: number) => ({ ranges: [{ start, end }] })

  test.each([
    ['drivers.acpi', 3],
    ['drivers.acpi', []],
    ['drivers.acpi.slot', { slot: 3 }],
    ['drivers.acpi.slots', { slots: -1 }],
    ['drivers.acpi.slots', { slots: 1.5 }],
    ['drivers.acpi.slots', { slots: 1, devices: [{}, {}] }],
    ['drivers.acpi.alignmentBytes', { alignmentBytes: 0 }],
    ['drivers.acpi.alignmentBytes', { alignmentBytes: 3 }],
    ['drivers.acpi.windowEnd', { windowStart: 8, windowEnd: 8 }],
    ['drivers.acpi.parentPath', { parentPath: '' }],
    ['drivers.acpi.parentPath', { parentPath: '/sys/devices/LNXSYSTM:00' }],
    ['drivers.acpi.hotplugEnabled', { hotplugEnabled: 1 }],
    ['drivers.acpi.hotplugEnabled', { hotplugEnabled: 1n }],
    ['drivers.acpi.devices[0].parent', { devices: [{ parent: 'a/../b' }] }],
    ['drivers.acpi.devices', { devices: {} }],
    ['drivers.acpi.devices[0]', { devices: [1] }],
    ['drivers.acpi.devices[0].name', { devices: [{ name: 'PNP0C80:0A' }] }],
    ['drivers.acpi.devices[0].node', { devices: [{ node: -1 }] }],
    ['drivers.acpi.devices[0].ranges[0].end', { devices: [{ ranges: [{ start: 0 }] }] }],
    ['drivers.acpi.devices[0].ranges[0].end', { devices: [range(8, 4)] }],
    ['drivers.acpi.devices[0].ranges[0].size', { devices: [{ ranges: [{ size: 4 }] }] }],
    ['drivers.acpi.devices[0].bound', { devices: [{ bound: 3 }] }],
    ['drivers.acpi.devices[0].bound[1]', { devices: [{ bound: [3, 'x'] }] }],
    ['drivers.acpi.devices[0].faults.ej0', { devices: [{ faults: { ej0: 'slow' } }] }],
    ['drivers.acpi.devices[1].slot', { devices: [{ slot: 1 }, { slot: 1 }] }],
    ['drivers.acpi.devices[1].path', { devices: [{ path: 'A' }, { path: 'A' }] }],
    ['drivers.acpi.devices[1].id', { devices: [{ id: 'a' }, { id: 'a' }] }],
    ['drivers.acpi.devices[1].ranges', { devices: [range(0, 8), range(4, 12)] }],
  ])('is refused at %s', (place, config) => {
    const error = refusal(config)
    expect(error).toMatchObject({ code: 'BAD_DESCRIPTION', errno: 'EINVAL' })
    expect(error.detail).toMatchObject({ place })
    expect(error.message.startsWith(`${place}: `)).toBe(true)
  })
})
