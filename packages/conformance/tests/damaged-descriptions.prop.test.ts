// Descriptions that were damaged: each is refused, or boots a machine of which every invariant holds.

import { createMachine, GIB, isHotplugError, type MachineDescription, MIB } from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { damages, harm, type Json } from './damage'
import { PLUGINS } from './plugins'

const X86: MachineDescription = {
  arch: 'x86_64',
  archOptions: { levels: 4 },
  cmdline: 'memhp_default_state=online',
  nodes: [
    { id: 0, cpus: [0, 1], distances: [10, 20] },
    { id: 1, cpus: [], distances: [20, 10] },
  ],
  possibleNodes: [0, 1, 2],
  ram: [
    { start: 4096, end: 0x9f000, node: 0 },
    { start: MIB, end: GIB, node: 0 },
  ],
  firmwareMap: [{ index: 0, start: 4096, end: 0x9efff, type: 'System RAM' }],
  iomem: [{ start: 4096, end: 0x9efff, name: 'System RAM', children: [] }],
  freePages: [{ node: 0, pages: 200_000 }],
  files: { '/proc/version': 'Linux version 6.1.0\n' },
  blocks: [
    {
      id: 2,
      state: 'online',
      zone: 'DMA32',
      nodes: [0],
      early: true,
      use: {
        reserved: 10,
        unmovable: 100,
        movable: 1000,
        pinned: 2,
        withheld: 0,
        poisoned: 1,
        hugetlb: 512,
        hugetlbFree: 512,
      },
    },
    { id: 32, state: 'online', zone: 'Movable', nodes: [1], early: false },
    { id: 33, state: 'offline', zone: null, nodes: [1], early: false },
  ],
  zones: [
    {
      node: 0,
      zone: 'DMA32',
      startPfn: 4096,
      spannedPages: 258_048,
      presentPages: 258_048,
      managedPages: 250_000,
    },
  ],
  drivers: {
    acpi: {
      slots: 3,
      devices: [
        {
          slot: 1,
          ranges: [{ start: 4 * GIB, end: 4 * GIB + 256 * MIB }],
          node: 1,
          bound: [32, 33],
        },
      ],
    },
  },
  seed: 3,
}
const POWER: MachineDescription = {
  arch: 'ppc64le',
  nodes: [{ id: 0, cpus: [0] }],
  ram: [{ start: 0, end: GIB, node: 0 }],
  blockSizeBytes: 256 * MIB,
  drivers: { pseries: { slots: 4, devices: [{ id: 'a', address: GIB, sizeBytes: GIB, node: 0 }] } },
}

/** `booted`, or the code of the refusal. */
function outcome(description: Json): string {
  try {
    const machine = createMachine(description as unknown as MachineDescription, PLUGINS)
    checkInvariants(machine)
    return 'booted'
  } catch (error) {
    if (!isHotplugError(error)) throw error
    expect(['BAD_DESCRIPTION', 'UNKNOWN_PLUGIN']).toContain(error.code)
    return error.code
  }
}

describe('a damaged description boots or is refused', () => {
  it.each([
    ['x86_64', X86],
    ['ppc64le', POWER],
  ])('of %s', (_, description) => {
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(damages, (all) => {
        const damaged = structuredClone(description) as unknown as Json
        for (const { picks, damage } of all) harm(damaged, picks, damage)
        outcomes.add(outcome(damaged))
      }),
    )
    expect([...outcomes]).toEqual(expect.arrayContaining(['booted', 'BAD_DESCRIPTION']))
  })
})

describe('what the fuzzer found is refused', () => {
  it('a lowest zone that begins behind its memory, where a block is in several zones', () => {
    const counts = { spannedPages: 4095, presentPages: 3998, managedPages: 3977 }
    const withZoneAt = (startPfn: number): Json => {
      const zones = [{ node: 0, zone: 'DMA', startPfn, ...counts }]
      const blocks = [{ id: 0, state: 'online', zone: null, nodes: [0], early: true }]
      return { ...X86, zones, blocks, freePages: [], drivers: {} } as unknown as Json
    }
    expect(outcome(withZoneAt(1))).toBe('booted')
    expect(outcome(withZoneAt(4096))).toBe('BAD_DESCRIPTION')
  })

  it('a boot block on a node that has no memory in it', () => {
    const onNodes = (...nodes: number[]): Json => {
      const blocks = [{ id: 2, state: 'online', zone: 'DMA32', nodes, early: true }]
      return { ...X86, blocks, zones: [], freePages: [], drivers: {} } as unknown as Json
    }
    expect(outcome(onNodes(0))).toBe('booted')
    expect(outcome(onNodes(0, 1))).toBe('BAD_DESCRIPTION')
  })

  it('a hot-added block of no node', () => {
    const onNodes = (...nodes: number[]): Json => {
      const blocks = [{ id: 40, state: 'online', zone: 'Movable', nodes, early: false }]
      return { ...X86, blocks, zones: [], freePages: [], drivers: {} } as unknown as Json
    }
    expect(outcome(onNodes(0))).toBe('booted')
    expect(outcome(onNodes())).toBe('BAD_DESCRIPTION')
  })

  it('hot-added blocks of a partition without a page to map them by', () => {
    const withRam = (bytes: number): Json => {
      const blocks = [{ id: 8, state: 'offline', zone: null, nodes: [0], early: false }]
      const ram = bytes === 0 ? [] : [{ start: 0, end: bytes, node: 0 }]
      return { ...POWER, ram, blocks, zones: [], freePages: [], drivers: {} } as unknown as Json
    }
    expect(outcome(withRam(GIB))).toBe('booted')
    expect(outcome(withRam(0))).toBe('BAD_DESCRIPTION')
  })

  it('a captured meminfo that is none', () => {
    const withTotal = (total: string): Json => {
      const files = { '/proc/meminfo': `MemTotal:       ${total} kB\n` }
      return { ...X86, files } as unknown as Json
    }
    expect(outcome(withTotal('1048576'))).toBe('booted')
    expect(outcome(withTotal('0x10'))).toBe('BAD_DESCRIPTION')
  })
})
