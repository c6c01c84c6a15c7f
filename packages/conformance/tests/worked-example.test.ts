// Section 3.6 of the 6.1 specification, row by row: q35, -m 2G,slots=4,maxmem=8G, and one DIMM of 1 GiB.
import {
  blockId,
  GIB,
  type Machine,
  type MachineDescription,
  placeUnmovablePage,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import {
  blockFile,
  EJECT,
  firmwareMap,
  logTexts,
  makeGuest,
  memTotalKib,
  numbers,
  plug,
  ramLines,
  read,
  readBlock,
  ueventsSince,
  write,
  writeState,
  zoneCounts,
} from './machines'

/** What a q35 guest's e820 leaves to Linux; the last 140 KiB below 2 GiB are firmware's. */
const Q35: Partial<MachineDescription> = {
  nodes: [{ id: 0, cpus: [0, 1] }],
  ram: [
    { start: 0x1000, end: 0x9f000, node: 0 },
    { start: 0x10_0000, end: 0x7ffd_d000, node: 0 },
  ],
}

const DEVICE = numbers(32, 39)

const validZones = (machine: Machine, ids: readonly number[]): readonly string[] =>
  ids.map((id) => readBlock(machine, id, 'valid_zones'))

function withDevice(): Machine {
  const machine = makeGuest(Q35)
  plug(machine, { id: 'dimm', sizeBytes: GIB })
  return machine
}

type Row = (machine: Machine) => void

/** Rows build on each other. */
const ROWS: readonly (readonly [title: string, row: Row])[] = [
  [
    'state(32)=online_kernel',
    (machine) => {
      const before = memTotalKib(machine)
      expect(writeState(machine, 32, 'online_kernel')).toBeNull()
      const counts = { start: 1_048_576, spanned: 32_768, present: 32_768, managed: 32_768 }
      expect(zoneCounts(machine, '0/Normal')).toEqual(counts)
      expect(memTotalKib(machine) - before).toBe(131_072)
    },
  ],
  [
    'state(39)=online_movable',
    (machine) => {
      expect(writeState(machine, 39, 'online_movable')).toBeNull()
      expect(zoneCounts(machine, '0/Movable')).toMatchObject({ start: 1_277_952, spanned: 32_768 })
      expect(new Set(validZones(machine, numbers(33, 38)))).toEqual(new Set(['Normal Movable']))
    },
  ],
  [
    'state(36)=online_movable',
    (machine) => {
      expect(writeState(machine, 36, 'online_movable')).toBeNull()
      const counts = { start: 1_179_648, spanned: 131_072, present: 65_536 }
      expect(zoneCounts(machine, '0/Movable')).toMatchObject(counts)
      expect(validZones(machine, [37, 38])).toEqual(['Movable Normal', 'Movable Normal'])
    },
  ],
  [
    'state(37)=online',
    (machine) => {
      expect(writeState(machine, 37, 'online')).toBeNull()
      expect(validZones(machine, [37])).toEqual(['Movable'])
    },
  ],
  [
    'state(38)=online_kernel',
    (machine) => {
      expect(writeState(machine, 38, 'online_kernel')).toBeNull()
      expect(zoneCounts(machine, '0/Normal')).toMatchObject({ spanned: 229_376, present: 65_536 })
      expect(new Set(validZones(machine, numbers(33, 35)))).toEqual(new Set(['Normal Movable']))
    },
  ],
  [
    'state(36)=offline',
    (machine) => {
      expect(writeState(machine, 36, 'offline')).toBeNull()
      expect(zoneCounts(machine, '0/Movable')).toMatchObject({ start: 1_212_416, spanned: 98_304 })
      expect(validZones(machine, [36])).toEqual(['Normal Movable'])
    },
  ],
  [
    'state(39)=offline',
    (machine) => {
      expect(writeState(machine, 39, 'offline')).toBeNull()
      expect(zoneCounts(machine, '0/Movable')).toMatchObject({ spanned: 32_768 })
    },
  ],
  [
    'online(37)=0',
    (machine) => {
      expect(write(machine, blockFile(37, 'online'), '0')).toBeNull()
      const nothing = { start: 0, spanned: 0, present: 0, managed: 0 }
      expect(zoneCounts(machine, '0/Movable')).toEqual(nothing)
    },
  ],
  [
    'state(32)=online (v6.1/11)',
    (machine) => expect(writeState(machine, 32, 'online')).toBe('EINVAL'),
  ],
  [
    'state(34)=online_movable, then state(34)=online_kernel (v6.1/16)',
    (machine) => {
      expect(writeState(machine, 34, 'online_movable')).toBeNull()
      expect(writeState(machine, 34, 'online_kernel')).toBe('EINVAL')
      expect(writeState(machine, 34, 'offline')).toBeNull()
      expect(write(machine, blockFile(34, 'online'), '1')).toBeNull()
      expect(validZones(machine, [34])).toEqual(['Normal'])
    },
  ],
  [
    'eject=1 while memory32 holds slab pages (v6.1/58)',
    (machine) => {
      placeUnmovablePage(machine, { range: blockRange(machine, blockId(32)) })
      const before = DEVICE.map((id) => readBlock(machine, id, 'state'))
      expect(write(machine, EJECT, '1')).toBeNull()
      expect(logTexts(machine)).toContain('memory memory32: Offline failed.')
      expect(DEVICE.map((id) => readBlock(machine, id, 'state'))).toEqual(before)
    },
  ],
]

describe('the worked example of 6.1 (spec 3.6)', () => {
  test('boot: memory0 is in two zones (v6.1/22), memory1 to memory15 in DMA32, memory15 has a hole (v6.1/23)', () => {
    const machine = makeGuest(Q35)
    expect(read(machine, '/sys/devices/system/memory/block_size_bytes')).toBe('8000000')
    expect(validZones(machine, [0, 1, 15])).toEqual(['none', 'DMA32', 'DMA32'])
    expect(writeState(machine, 0, 'offline')).toBe('EINVAL')
    expect(writeState(machine, 15, 'offline')).toBe('EINVAL')
    checkInvariants(machine)
  })

  test('device_add: eight offline blocks, one line, one entry, nine links', () => {
    const machine = makeGuest(Q35)
    const { seqnum } = machine.state.journal
    const entries = firmwareMap(machine)
    plug(machine, { id: 'dimm', sizeBytes: GIB })
    const adds = DEVICE.map((id) => `add /devices/system/memory/memory${id}`)
    expect(ueventsSince(machine, seqnum)).toEqual(adds)
    expect(new Set(DEVICE.map((id) => readBlock(machine, id, 'state')))).toEqual(
      new Set(['offline']),
    )
    expect(new Set(validZones(machine, DEVICE))).toEqual(new Set(['Normal Movable']))
    expect(ramLines(machine)).toContain('100000000-13fffffff : System RAM')
    const added = firmwareMap(machine).filter((entry) => !entries.includes(entry))
    expect(added).toEqual(['0x100000000-0x13fffffff System RAM'])
    const directory = '/sys/bus/acpi/devices/PNP0C80:00'
    expect(read(machine, `${directory}/status`)).toBe('15')
    const links = machine.tree.list(directory).filter((name) => name.startsWith('physical_node'))
    expect(links).toEqual(['physical_node', ...numbers(1, 7).map((n) => `physical_node${n}`)])
  })

  test.each(ROWS.map(([title], index) => [title, index] as const))('%s', (_, index) => {
    const machine = withDevice()
    for (const [, row] of ROWS.slice(0, index + 1)) row(machine)
    checkInvariants(machine)
  })
})
