// How firmware drivers are named: in a description, checked by type, and on a machine.
import { sparc64 } from '@memhp/arch-sparc'
import { x86_64 } from '@memhp/arch-x86'
import { createMachine, driverOf, GIB, type Machine, type MachineDescription } from '@memhp/core'
import { acpiDriver } from '@memhp/driver-acpi'
import { pseriesDriver } from '@memhp/driver-pseries'
import { describe, expect, test } from 'vitest'

const PLAIN: Omit<MachineDescription, 'drivers'> = {
  arch: 'x86_64',
  nodes: [{ id: 0, cpus: [0] }],
  ram: [{ start: 0, end: GIB, node: 0 }],
}
const PLUGINS = { archs: [x86_64], drivers: [acpiDriver, pseriesDriver] } as const

const machineWith = (drivers: Readonly<Record<string, unknown>>): Machine =>
  createMachine({ ...PLAIN, drivers }, PLUGINS)

describe('a driver is found', () => {
  test('by its name', () => {
    const machine = machineWith({ pseries: { lmbBytes: GIB }, acpi: {} })
    expect(driverOf(machine, 'acpi').name).toBe('acpi')
    expect(driverOf(machine, 'pseries').name).toBe('pseries')
  })

  test('without one where it is the only one', () => {
    expect(driverOf(machineWith({ acpi: {} })).name).toBe('acpi')
  })
})

const NONE = 'Nothing can be plugged into this machine: its description names no firmware driver.'

describe('a driver is not found', () => {
  test.each([
    ['where the description names none', {}, 'acpi', NONE],
    [
      'where it names another',
      { acpi: {} },
      'pseries',
      'The machine was asked for the driver "pseries". Its description names: acpi.',
    ],
    ['without a name where there is none', {}, undefined, NONE],
    [
      'without a name where there are two',
      { acpi: {}, pseries: { lmbBytes: GIB } },
      undefined,
      'The machine was asked for the only driver. Its description names: acpi, pseries.',
    ],
  ])('%s', (_, drivers, name, message) => {
    expect(() => driverOf(machineWith(drivers), name)).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_PLUGIN',
        errno: 'ENODEV',
        message,
      }),
    )
  })
})

test.each<[string, unknown]>([
  ['left out', undefined],
  ['null', null],
  ['misspelled', { arch: [x86_64], driver: [acpiDriver] }],
  ['not lists', { archs: x86_64, drivers: acpiDriver }],
  ['without drivers', { archs: [x86_64] }],
])('plugins are refused where they are %s, as JavaScript lets them be', (_, plugins) => {
  expect(() => createMachine({ ...PLAIN, drivers: {} }, plugins as never)).toThrow(
    expect.objectContaining({
      code: 'BAD_DESCRIPTION',
      message: 'plugins: must have lists: archs and drivers.',
    }),
  )
})

test('a machine into which nothing can be plugged says why its kernel adds no memory', () => {
  const machine = createMachine(
    { arch: 'sparc64', nodes: [{ id: 0, cpus: [0] }], ram: [{ start: 0, end: 2 * GIB, node: 0 }] },
    { archs: [sparc64], drivers: [] },
  )
  expect(() => driverOf(machine)).toThrow(
    /^Nothing can be plugged .*\. sparc64 cannot add memory: .*cannot be built with memory hot-plug/,
  )
})

describe('what a description says of a driver', () => {
  test('is checked by type against the definitions that are given', () => {
    const plugins = { archs: [x86_64], drivers: [acpiDriver] } as const
    // @ts-expect-error: no number
    expect(() => createMachine({ ...PLAIN, drivers: { acpi: { slots: 'x' } } }, plugins)).toThrow(
      'drivers.acpi.slots',
    )
    // @ts-expect-error: no such key
    expect(() => createMachine({ ...PLAIN, drivers: { acpi: { slosts: 1 } } }, plugins)).toThrow(
      'drivers.acpi.slosts',
    )
    // @ts-expect-error: no such driver
    expect(() => createMachine({ ...PLAIN, drivers: { acpj: {} } }, plugins)).toThrow('acpj')
  })

  test('is checked as it boots where its type is not known', () => {
    expect(() => machineWith({ acpi: { slots: 'x' } })).toThrow('drivers.acpi.slots')
  })
})
