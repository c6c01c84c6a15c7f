import { describe, expect, test } from 'vitest'
import type { ArchParts } from '../arch/arch-parts'
import { composeArch } from '../arch/compose-arch'
import { V6_1 } from '../generation/v6-1'
import { driverSlot, stateSlot } from '../machine/state-slot'
import { bitEntries } from '../mapping/bit-entries'
import type { Arch, ArchDefinition } from '../model/arch'
import type { MachineDescription } from '../model/description'
import type { DriverDefinition, FirmwareDriver } from '../model/driver'
import { defineArch, defineDriver } from './define'

const nothing = (): void => {}

const PARTS: ArchParts = {
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
  mapping: { direct: { kind: 'none' }, vmemmap: { kind: 'none' } },
  memmap: { kind: 'flat' },
}

const ARCH: Arch = composeArch(PARTS)
const MACHINE: MachineDescription = { arch: 'flat', nodes: [], ram: [] }

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
  slot: driverSlot('slots'),
  initialState: () => ({}),
  create: () => driver as FirmwareDriver,
})

const bad = (text: string) =>
  expect.objectContaining({ code: 'BAD_PLUGIN', message: expect.stringContaining(text) })

describe('a plugin', () => {
  test('that keeps the contract is frozen and works', () => {
    expect(Object.isFrozen(defineArch(archOf(ARCH)))).toBe(true)
    const { create } = defineArch(archOf(ARCH))
    expect(create(null, MACHINE, V6_1)).toMatchObject({ name: ARCH.name, parts: ARCH.parts })
    expect(create(null, MACHINE, V6_1)).toBe(create(null, MACHINE, V6_1))
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

describe('what the create of an arch gives', () => {
  const sized = (pageSize: number | undefined, pageShift: number) => {
    const arch = { ...ARCH, geometry: { ...ARCH.geometry, pageShift } }
    return defineArch({ ...archOf(arch), ...(pageSize !== undefined && { pageSize }) })
  }

  test('has pages of the size that the definition says', () => {
    expect(sized(undefined, 12).create(null, MACHINE, V6_1).geometry.pageShift).toBe(12)
    expect(sized(8192, 13).create(null, MACHINE, V6_1).geometry.pageShift).toBe(13)
  })

  test.each([
    [undefined, 13, 'pageSize is not given, which says 4096, and pages of its geometry have 8192'],
    [8192, 12, 'pageSize is 8192, and pages of its geometry have 4096 bytes.'],
  ])('is refused where %s is said of pages of 2^%i bytes', (pageSize, pageShift, text) => {
    expect(() => sized(pageSize, pageShift).create(null, MACHINE, V6_1)).toThrow(bad(text))
  })

  test.each([
    [undefined, 'gave undefined'],
    [{ ...ARCH, name: 'other' }, 'of the name "other"'],
    [{ ...ARCH, boot: undefined }, 'boot must be a function.'],
    [PARTS, 'give what composeArch makes of its parts.'],
    [{ ...ARCH, check: 1 }, 'check must be a function or absent'],
    [{ ...ARCH, entries: 'x' }, 'entries must be a function or absent'],
    [{ ...ARCH, geometry: undefined }, 'geometry: is missing'],
    [geometry({ pageShift: 12.5 }), 'pageShift is 12.5'],
    [geometry({ maxOrder: undefined }), 'geometry.maxOrder: is missing'],
    [geometry({ structPageBytes: 60 }), 'structPageBytes is 60'],
    [geometry({ pageblockOrder: 11 }), 'a pageblock of order 11'],
    [geometry({ maxOrder: 16 }), 'a chunk of order 16'],
    [geometry({ maxPhysMemBits: 27 }), 'not a part of 2^27'],
    [geometry({ maxPhysMemBits: 54 }), 'addresses end at 2^53'],
    [geometry({ zones: [] }), 'one zone at least'],
    [zones(['Normal', 2 ** 32]), 'Normal must have an end unless it is the last'],
    [zones(['Low', null], ['Normal', null]), 'Low must have an end unless it is the last'],
    [zones(['Normal', 2 ** 32], ['Normal', null]), 'zone Normal is there twice'],
    [zones(['Movable', null]), 'zone Movable is added by core'],
    [zones(['A', 2 ** 32], ['B', 2 ** 31], ['C', null]), 'zone B ends below'],
    [zones(['A', 2 ** 20], ['C', null]), 'zone A does not end with a pageblock'],
    [
      geometry({ zones: [{ name: 'A', kind: 'low', endAddress: null }] }),
      'geometry.zones[0].kind: must be "dma" or',
    ],
    [
      geometry({ zones: [{ name: 'A', kind: 'highmem', endAddress: null }] }),
      'zone A is highmem: that is the last zone, and not the only one',
    ],
    [
      { ...ARCH, features: { ...ARCH.features, probe: undefined } },
      'features must say of probe: false or true.',
    ],
    [{ ...ARCH, mapping: undefined }, 'mapping: is missing'],
    [mapping({ direct: undefined }), 'mapping.direct: is missing'],
    [
      mapping({ vmemmap: { kind: 'fixed' } }),
      'mapping.vmemmap: must be a region of kind radix, hash, none',
    ],
    [mapping({ vmemmap: RADIX }), 'tables where a region is radix, and only there'],
    [
      mapping({ tables: TABLES, direct: { ...RADIX, startAddress: 4096 } }),
      'a direct region whose startAddress 0x1000 is not whole sections',
    ],
    [
      mapping({ tables: TABLES, direct: { ...RADIX, startAddress: 2 ** 30 } }),
      'a direct region that begins with 0x40000000: let mappable begin there too',
    ],
    [mapping({ vmemmap: HASH }), 'flat has no use for mapping.vmemmap'],
    [{ ...ARCH, memmap: { kind: 'vmemmap' } }, 'vmemmap lies in mapping.vmemmap, which is none'],
    [{ ...ARCH, memmap: { kind: 'array' } }, 'memmap.kind: must be "vmemmap" or'],
    [{ ...ARCH, memmap: { kind: 'flat', freed: 'soon' } }, 'memmap.freed: must be "never"'],
    [{ ...ARCH, features: { ...ARCH.features, memmapOnMemory: true } }, 'memmapOnMemory'],
    [{ ...ARCH, blockBytes: 3 * 2 ** 27 }, 'blockBytes is 402653184'],
    [{ ...ARCH, since: 6.11 }, 'since must be a version and a patch level'],
    [{ ...ARCH, mappable: { start: 0, end: 2 ** 47 } }, 'mappable must be a range of at most 2^46'],
    [{ ...ARCH, mappable: { start: 4096, end: 2 ** 46 } }, 'mappable must be whole sections'],
    [{ ...ARCH, failedAddLeaves: ['dust'] }, 'failedAddLeaves must be a list of direct map'],
    [{ ...ARCH, slots: [stateSlot('x'), stateSlot('x')] }, 'slots must have different keys'],
    [{ ...ARCH, slots: [driverSlot('x')] }, 'slots must be made by stateSlot: x is not'],
    [{ ...ARCH, withholdPages: [] }, 'withholdPages must be a function or absent'],
    [{ ...ARCH, canRemove: { kind: 'allowed' } }, 'canRemove must be a function'],
  ])('is refused where %o: %s', (arch, text) => {
    expect(() => defineArch(archOf(arch)).create(null, MACHINE, V6_1)).toThrow(bad(text))
  })
})

const LEVEL = { name: 'PTE', indexBits: 9, shift: 12 }
const TABLES = {
  levels: [LEVEL],
  permanentTables: [],
  bootFrameBase: 2 ** 46,
  entries: bitEntries([LEVEL], {
    table: [0],
    leaf: [0],
    leafMark: [],
    address: { from: 12, end: 52 },
  }),
}
const RADIX = { kind: 'radix', base: 0n, leaves: [4096] }
const HASH = { kind: 'hash', base: 0n, populate() {}, free() {} }

describe('a field of an arch', () => {
  const tables = (change: object) => mapping({ tables: { ...TABLES, ...change }, direct: RADIX })
  const { shift: _, ...unshifted } = LEVEL
  test.each([
    [
      geometry({ sectionBits: 27 }),
      'geometry.sectionBits: this key is not known. Known are: pageShift,',
    ],
    [geometry({ wordBytes: 2 }), 'geometry.wordBytes: must be 4 or 8; 2 is not.'],
    [mapping({ window: {} }), 'mapping.window: this key is not known'],
    [mapping({ direct: {} }), 'mapping.direct: must be a region of kind radix, hash, fixed, none'],
    [mapping({ direct: { kind: 'fixed' } }), 'mapping.direct.base: is missing'],
    [
      mapping({ direct: { kind: 'fixed', base: 0 } }),
      'mapping.direct.base: must be a bigint; 0 is not.',
    ],
    [mapping({ direct: { kind: 'toString' } }), 'mapping.direct: must be a region'],
    [mapping({ vmemmap: { ...HASH, free: 1 } }), 'mapping.vmemmap.free: must be a function'],
    [mapping({ direct: { ...RADIX, leaves: undefined } }), 'mapping.direct.leaves: is missing'],
    [tables({ levels: undefined }), 'mapping.tables.levels: is missing'],
    [tables({ levels: [unshifted] }), 'mapping.tables.levels[0].shift: is missing'],
    [tables({ permanentTables: undefined }), 'mapping.tables.permanentTables: is missing'],
    [tables({ bootFrameBase: undefined }), 'mapping.tables.bootFrameBase: is missing'],
    [tables({ entries: {} }), 'mapping.tables.entries.none: is missing'],
    [tables({ foo: 1 }), 'mapping.tables.foo: this key is not known'],
    [{ ...ARCH, memmap: undefined }, 'memmap: is missing'],
  ])('that is missing, not known or of another type is named', (arch, text) => {
    expect(() => defineArch(archOf(arch)).create(null, MACHINE, V6_1)).toThrow(bad(text))
  })
})

function geometry(change: Readonly<Record<string, unknown>>): unknown {
  return { ...ARCH, geometry: { ...ARCH.geometry, ...change } }
}

function mapping(change: Readonly<Record<string, unknown>>): unknown {
  return { ...ARCH, mapping: { ...ARCH.mapping, ...change } }
}

function zones(...list: readonly (readonly [string, number | null])[]): unknown {
  return geometry({
    zones: list.map(([name, endAddress]) => ({ name, kind: 'normal', endAddress })),
  })
}

describe('a driver whose state has no slot', () => {
  test.each([
    ['none', undefined],
    ['of another name', driverSlot('acpi')],
    ['of an arch', stateSlot('slots')],
  ])('is refused: %s', (_, slot) => {
    const definition = { ...driverOf(DRIVER), slot } as DriverDefinition<null>
    expect(() => defineDriver(definition)).toThrow(bad('slot must be driverSlot("slots")'))
  })
})

describe('what the create of a driver gives', () => {
  test.each([
    [null, 'gave null'],
    [{ ...DRIVER, name: 'acpi' }, 'of the name "acpi"'],
    [{ ...DRIVER, platform: undefined }, 'platform must be an object, or null.'],
    [
      { ...DRIVER, platform: { ...DRIVER.platform, plugged: undefined } },
      'plugged must be a function.',
    ],
    [{ ...DRIVER, withholdPages: [] }, 'withholdPages must be a function or absent'],
    [{ ...DRIVER, directories: {} }, 'directories must be a function or absent'],
  ])('is refused where %o: %s', (driver, text) => {
    expect(() => defineDriver(driverOf(driver)).create(null)).toThrow(bad(text))
  })
})
