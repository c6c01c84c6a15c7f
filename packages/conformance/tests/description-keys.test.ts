// Keys of a machine description that are not known: refused at every level, with the place and the keys that there are.
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
const LMBS = { base: 0, count: 4, drcIndex: 0, associativityIndex: 0, flags: 0 }

/** What boot says of a description as it may come from JSON. */
const refusal = (description: object): HotplugError | undefined =>
  refusalOf(() => createMachine(description as typeof X86, PLUGINS))

describe('a key that is not known is refused', () => {
  test.each([
    [
      'blockSize',
      { ...X86, blockSize: 1 },
      'arch, archOptions, generation, config, cmdline, nodes, ram',
    ],
    ['nodes[0].cpu', { ...X86, nodes: [{ id: 0, cpu: [] }] }, 'id, cpus, distances'],
    ['ram[0].size', { ...X86, ram: [{ start: 0, size: GIB }] }, 'start, end, node'],
    ['zones[0].free', { ...X86, zones: [{ node: 0, free: 1 }] }, 'node, zone, startPfn'],
    ['blocks[1].online', { ...X86, blocks: [{ id: 0 }, { online: true }] }, 'id, state, zone'],
    ['blocks[0].use.slab', { ...X86, blocks: [{ use: { slab: 1 } }] }, 'reserved, unmovable'],
    ['firmwareMap[0].node', { ...X86, firmwareMap: [{ node: 0 }] }, 'index, start, end, type'],
    ['iomem[0].kids', { ...X86, iomem: [{ kids: [] }] }, 'start, end, name, children'],
    [
      'iomem[0].children[0].busy',
      { ...X86, iomem: [{ children: [{ busy: true }] }] },
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
    'nodes[0]: must be an object. Its keys: id, cpus, distances.',
  )
  expect(refusal(null as unknown as object)).toBeInstanceOf(HotplugError)
})
