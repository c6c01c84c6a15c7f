// Keys of a machine description that are not known, and values of another type than theirs: refused at every level, with the
// place and what would be right.
import { createMachine, GIB, HotplugError, refusalOf } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { PLUGINS } from './plugins'

const X86 = {
  arch: 'x86_64',
  nodes: [{ id: 0, cpus: [0] }],
  ram: [{ start: 0, end: GIB, node: 0 }],
}
const POWER = { ...X86, arch: 'ppc64le' }
const DIMM = { id: 'a', address: GIB, sizeBytes: GIB, node: 0 }
const BLOCK = { id: 0, state: 'online', zone: 'DMA', nodes: [0], early: true }
const LMBS = { base: 0, count: 4, drcIndex: 0, associativityIndex: 0, flags: 0 }

/** What boot says of a description as it may come from JSON. */
const refusal = (description: object): HotplugError | undefined =>
  refusalOf(() => createMachine(description as typeof X86, PLUGINS))

describe('a key that is not known is refused', () => {
  test.each([
    [
      'blockSize',
      { ...X86, blockSize: 1 },
      'arch, archOptions, kernel, config, defects, cmdline, nodes, ram',
    ],
    ['nodes[0].cpu', { ...X86, nodes: [{ id: 0, cpu: [] }] }, 'id, cpus, distances, online'],
    ['ram[0].size', { ...X86, ram: [{ start: 0, size: GIB }] }, 'start, end, node'],
    ['zones[0].free', { ...X86, zones: [{ node: 0, free: 1 }] }, 'node, zone, startPfn'],
    ['blocks[1].online', { ...X86, blocks: [BLOCK, { online: true }] }, 'id, state, zone'],
    [
      'blocks[0].use.slab',
      { ...X86, blocks: [{ ...BLOCK, use: { slab: 1 } }] },
      'reserved, unmovable',
    ],
    ['firmwareMap[0].node', { ...X86, firmwareMap: [{ node: 0 }] }, 'index, start, end, type'],
    ['iomem[0].kids', { ...X86, iomem: [{ kids: [] }] }, 'start, end, name, children'],
    [
      'iomem[0].children[0].busy',
      { ...X86, iomem: [{ start: 0, end: 1, name: 'a', children: [{ busy: true }] }] },
      'start, end, name, children',
    ],
    ['freePages[0].count', { ...X86, freePages: [{ node: 0, count: 1 }] }, 'node, pages'],
    ['archOptions.level', { ...X86, archOptions: { level: 5 } }, 'levels'],
    ['drivers.acpi.slot', { ...X86, drivers: { acpi: { slot: 1 } } }, 'slots'],
    [
      'drivers.acpi.devices[0].size',
      { ...X86, drivers: { acpi: { devices: [{ size: 1 }] } } },
      'ranges',
    ],
    ['drivers.pseries.slot', { ...POWER, drivers: { pseries: { slot: 1 } } }, 'slots'],
    [
      'drivers.pseries.devices[0].size',
      { ...POWER, drivers: { pseries: { devices: [{ ...DIMM, size: 1 }] } } },
      'id, address, sizeBytes, node, slot, bound',
    ],
    [
      'drivers.pseries.lmbs[0].node',
      { ...POWER, drivers: { pseries: { lmbs: [{ ...LMBS, node: 1 }] } } },
      'base, count, drcIndex, associativityIndex, flags',
    ],
  ])('at %s', (place, description, known) => {
    const error = refusal(description)
    expect(error?.code).toBe('BAD_DESCRIPTION')
    expect(error?.detail).toMatchObject({ place })
    expect(error?.message).toContain(`${place}: `)
    expect(error?.message).toContain(known)
  })

  test('by an inherited name, which is not a key', () => {
    expect(refusal({ ...X86, toString: 1 })?.message).toContain('toString: this key is not known')
  })
})

test('what must be an object is refused where it is not one, with the keys that it would have', () => {
  expect(refusal({ ...X86, nodes: [3] })?.message).toBe(
    'nodes[0]: must be an object with the keys id, cpus, distances, online; 3 is not.',
  )
  expect(refusal(null as unknown as object)).toBeInstanceOf(HotplugError)
})

describe('a value of another type is refused', () => {
  test.each<[string, object, string]>([
    ['nodes', { ...X86, nodes: 3 }, 'must be a list; 3 is not.'],
    ['nodes', { ...X86, nodes: undefined }, 'is missing.'],
    [
      'nodes[0].id',
      { ...X86, nodes: [{ id: 1024, cpus: [] }] },
      'a whole number from 0 to 1023; 1024 is not.',
    ],
    ['nodes[0].cpus[0]', { ...X86, nodes: [{ id: 0, cpus: [9e9] }] }, 'from 0 to 8191'],
    ['possibleNodes', { ...X86, possibleNodes: '0-3' }, 'must be a list; "0-3" is not.'],
    [
      'blockSizeBytes',
      { ...X86, blockSizeBytes: 2 ** 51 },
      'a power of two of at most 68719476736',
    ],
    ['blockSizeBytes', { ...X86, blockSizeBytes: 2 ** 20 }, 'smaller than a section'],
    ['cmdline', { ...X86, cmdline: 1 }, 'must be a text; 1 is not.'],
    ['files./proc/version', { ...X86, files: { '/proc/version': undefined } }, 'is missing.'],
    ['directMapBytes', { ...X86, directMapBytes: 'none' }, 'must be an object; "none" is not.'],
    [
      'directMapBytes.4096',
      { ...X86, directMapBytes: { 4096: '1' } },
      'of at least 0; "1" is not.',
    ],
    ['config', { ...X86, config: null }, 'must be an object; null is not.'],
    ['drivers.acpi.slots', { ...X86, drivers: { acpi: { slots: 1e9 } } }, 'from 0 to 4096'],
    ['drivers.pseries.slots', { ...POWER, drivers: { pseries: { slots: 1e9 } } }, 'at most 4096'],
  ])('at %s', (place, description, what) => {
    const error = refusal(description)
    expect(error?.code).toBe('BAD_DESCRIPTION')
    expect(error?.detail).toMatchObject({ place })
    expect(error?.message).toContain(what)
  })

  test('at the depth where an object holds itself', () => {
    const line: { [key: string]: unknown } = { start: 0, end: 1, name: 'a' }
    line.children = [line]
    expect(refusal({ ...X86, iomem: [line] })?.message).toContain('levels deep')
  })
})
