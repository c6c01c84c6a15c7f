// Section 8.1 of the specification of 2012: a device of 512 MiB at 1 GiB, on the new node 1, without memory cgroups.
// In 6.1 a zone is bound when a block comes online, the first one before any is: until then Normal spans nothing. The node's
// uevent comes after those of the blocks in both.
import { blockId, GIB, type Machine, MIB, onlineBlock } from '@memhp/core'
import { listLeaves } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { expect, test } from 'vitest'
import {
  EJECT,
  firmwareMap,
  logTexts,
  makeGuest,
  numbers,
  plug,
  ramLines,
  read,
  readBlock,
  statesOf,
  ueventsSince,
  write,
  zoneCounts,
} from './machines'

const BLOCKS = numbers(8, 11)
const START = GIB
const SIZE = 512 * MIB

const make = (): Machine =>
  makeGuest({
    ram: [{ start: 0, end: GIB, node: 0 }],
    drivers: { acpi: { slots: 1, windowStart: START } },
  })

const leaves = (machine: Machine, region: 'direct' | 'vmemmap') => {
  const scale = region === 'direct' ? 1 : 64 / 4096
  return listLeaves(machine, { region, offset: START * scale, sizeBytes: SIZE * scale })
}

const directMap2M = (machine: Machine): number =>
  Number(/DirectMap2M:\s+(\d+)/.exec(read(machine, '/proc/meminfo'))?.[1])

test('2012/8.1: a device is added to a new node, goes online, and is taken out again', () => {
  const machine = make()
  const boot = { iomem: ramLines(machine), map: firmwareMap(machine), large: directMap2M(machine) }
  const added = machine.state.journal.seqnum
  plug(machine, { id: 'dimm', sizeBytes: SIZE, node: 1 })

  expect(ramLines(machine)).toEqual([...boot.iomem, '40000000-5fffffff : System RAM'])
  expect(firmwareMap(machine)).toEqual([...boot.map, '0x40000000-0x5fffffff System RAM'])
  expect(statesOf(machine, BLOCKS)).toEqual(Array(4).fill('offline'))
  const indexes = BLOCKS.map((id) => readBlock(machine, id, 'phys_index'))
  expect(indexes).toEqual(['00000008', '00000009', '0000000a', '0000000b'])
  expect(directMap2M(machine) - boot.large).toBe(524_288)
  expect(leaves(machine, 'direct')).toMatchObject([{ leafBytes: 2 * MIB, count: 256 }])
  expect(leaves(machine, 'vmemmap').map(({ start }) => start)).toEqual([0xffff_ea00_0100_0000n])
  expect(leaves(machine, 'vmemmap')).toMatchObject([{ leafBytes: 2 * MIB, count: 4 }])
  expect(ueventsSince(machine, added)).toEqual([
    ...BLOCKS.map((id) => `add /devices/system/memory/memory${id}`),
    'add /devices/system/node/node1',
  ])

  const onlined = machine.state.journal.seqnum
  for (const id of [10, 8, 11, 9]) onlineBlock(machine, blockId(id), 'online_kernel')
  const order = [10, 8, 11, 9].map((id) => `online /devices/system/memory/memory${id}`)
  expect(ueventsSince(machine, onlined)).toEqual(order)
  const counts = { start: 0x4_0000, spanned: 0x2_0000, present: 0x2_0000, managed: 0x2_0000 }
  expect(zoneCounts(machine, '1/Normal')).toEqual(counts)
  expect(read(machine, '/sys/devices/system/node/has_normal_memory')).toBe('0-1')
  checkInvariants(machine)

  const removed = machine.state.journal.seqnum
  expect(write(machine, EJECT, '1')).toBeNull()
  expect(ueventsSince(machine, removed)).toEqual([
    ...BLOCKS.map((id) => `offline /devices/system/memory/memory${id}`),
    ...BLOCKS.map((id) => `remove /devices/system/memory/memory${id}`),
    'remove /devices/system/node/node1',
  ])
  expect(logTexts(machine).filter((text) => text === 'Offlined Pages 32768')).toHaveLength(4)
  expect(ramLines(machine)).toEqual(boot.iomem)
  expect(firmwareMap(machine)).toEqual(boot.map)
  expect(directMap2M(machine)).toBe(boot.large)
  expect([...leaves(machine, 'direct'), ...leaves(machine, 'vmemmap')]).toEqual([])
  expect(read(machine, '/sys/devices/system/node/online')).toBe('0')
  checkInvariants(machine)
})
