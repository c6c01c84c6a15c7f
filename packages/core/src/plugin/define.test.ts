import { describe, expect, test } from 'vitest'
import type { Arch, ArchDefinition } from '../model/arch'
import type { DriverDefinition, FirmwareDriver } from '../model/driver'
import { defineArch, defineDriver } from './define'

const nothing = (): void => {}

const ARCH: Arch = {
  name: 'flat',
  geometry: {
    pageShift: 12,
    sectionSizeBits: 27,
    maxPhysMemBits: 46,
    maxOrder: 10,
    pageblockOrder: 9,
    structPageBytes: 64,
    zones: [
      { name: 'DMA32', kind: 'dma', endAddress: 2 ** 32 },
      { name: 'Normal', kind: 'normal', endAddress: null },
    ],
  },
  features: { firmwareMap: false, probe: true, memmapOnMemory: false, zoneDevice: false },
  removal: { kind: 'supported' },
  memoryBlockSizeBytes: () => 2 ** 27,
  boot: nothing,
  addMemory: nothing,
  removeMemory: nothing,
}

const archOf = (arch: unknown): ArchDefinition<null> => ({
  name: 'flat',
  contract: 1,
  summary: 'An arch for tests.',
  parseOptions: () => null,
  create: () => arch as Arch,
})

const DRIVER: FirmwareDriver = {
  name: 'slots',
  boot: nothing,
  platform: {
    plug: () => ({ id: 'd', address: 0, sizeBytes: 0, node: 0, slot: 0, name: null }),
    requestUnplug: nothing,
    plugged: () => [],
  },
  devices: () => [],
  work: nothing,
}

const driverOf = (driver: unknown): DriverDefinition<null> => ({
  name: 'slots',
  contract: 1,
  summary: 'A driver for tests.',
  parseConfig: () => null,
  initialState: () => ({}),
  create: () => driver as FirmwareDriver,
})

const bad = (text: string) =>
  expect.objectContaining({ code: 'BAD_PLUGIN', message: expect.stringContaining(text) })

describe('a plugin', () => {
  test('that keeps the contract is frozen and works', () => {
    expect(Object.isFrozen(defineArch(archOf(ARCH)))).toBe(true)
    expect(defineArch(archOf(ARCH)).create(null)).toBe(ARCH)
    expect(defineDriver(driverOf(DRIVER)).create(null)).toBe(DRIVER)
  })

  test.each([
    [{ name: 'Flat' }, 'name must be'],
    [{ contract: 2 }, 'contract is 2'],
    [{ summary: '' }, 'summary must say'],
    [{ parseOptions: undefined }, 'parseOptions must be a function'],
    [{ create: 'x' }, 'create must be a function'],
  ])('is refused with %o', (change, text) => {
    const definition = { ...archOf(ARCH), ...change } as ArchDefinition<null>
    expect(() => defineArch(definition)).toThrow(bad(text))
  })
})

const { geometry, features } = ARCH

describe('what the create of an arch gives', () => {
  test.each([
    [undefined, 'gave undefined'],
    [{ ...ARCH, name: 'other' }, 'of the name "other"'],
    [{ ...ARCH, boot: undefined }, 'boot must be a function.'],
    [{ ...ARCH, check: 1 }, 'check must be a function or absent'],
    [{ ...ARCH, geometry: undefined }, 'geometry is missing'],
    [{ ...ARCH, geometry: { ...geometry, pageShift: 12.5 } }, 'pageShift is 12.5'],
    [{ ...ARCH, geometry: { ...geometry, maxOrder: undefined } }, 'maxOrder is undefined'],
    [{ ...ARCH, geometry: { ...geometry, structPageBytes: 60 } }, 'structPageBytes is 60'],
    [{ ...ARCH, geometry: { ...geometry, pageblockOrder: 11 } }, 'a pageblock of order 11'],
    [{ ...ARCH, geometry: { ...geometry, maxOrder: 16 } }, 'a chunk of order 16'],
    [{ ...ARCH, geometry: { ...geometry, maxPhysMemBits: 27 } }, 'no part of 2^27'],
    [{ ...ARCH, geometry: { ...geometry, maxPhysMemBits: 54 } }, 'addresses end at 2^53'],
    [{ ...ARCH, geometry: { ...geometry, zones: [] } }, 'one zone at least'],
    [zones(['Normal', 2 ** 32]), 'the last zone, and no other'],
    [zones(['Low', null], ['Normal', null]), 'the last zone, and no other'],
    [zones(['Normal', 2 ** 32], ['Normal', null]), 'two zones are called Normal'],
    [zones(['Movable', null]), 'zone Movable is added by core'],
    [zones(['A', 2 ** 32], ['B', 2 ** 31], ['C', null]), 'zone B does not end above'],
    [zones(['A', 2 ** 20], ['C', null]), 'zone A does not end with a pageblock'],
    [{ ...ARCH, features: { ...features, probe: undefined } }, 'features.probe'],
    [{ ...ARCH, removal: { kind: 'never' } }, 'removal.kind'],
    [{ ...ARCH, removal: { kind: 'impossible', errno: 'EWHY' } }, 'removal.errno "EWHY"'],
    [{ ...ARCH, removal: { kind: 'impossible', errno: 'EBUSY', reason: '' } }, 'removal.reason'],
  ])('is refused where %o: %s', (arch, text) => {
    expect(() => defineArch(archOf(arch)).create(null)).toThrow(bad(text))
  })
})

function zones(...list: readonly (readonly [string, number | null])[]): Arch {
  const named = list.map(([name, endAddress]) => ({ name, kind: 'normal' as const, endAddress }))
  return { ...ARCH, geometry: { ...geometry, zones: named } }
}

describe('what the create of a driver gives', () => {
  test.each([
    [null, 'gave null'],
    [{ ...DRIVER, name: 'acpi' }, 'of the name "acpi"'],
    [{ ...DRIVER, platform: undefined }, 'platform must be an object.'],
    [
      { ...DRIVER, platform: { ...DRIVER.platform, plugged: undefined } },
      'plugged must be a function.',
    ],
    [{ ...DRIVER, directories: {} }, 'directories must be a function or absent'],
  ])('is refused where %o: %s', (driver, text) => {
    expect(() => defineDriver(driverOf(driver)).create(null)).toThrow(bad(text))
  })
})
