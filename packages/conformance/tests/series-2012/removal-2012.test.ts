// Patches 01, 02, 08, 09, 11, 12, 17, 18 and 19 of the series of 2012: what remove_memory does, in which order.
import {
  addMemory,
  blockId,
  GIB,
  type Machine,
  MIB,
  nodeId,
  offlineBlock,
  physAddr,
  refusalOf,
  removeMemory,
} from '@memhp/core'
import { checkInvariants, checkStep, MachineWatch } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  firmwareMap,
  makeGuest,
  numbers,
  POWER_GUEST,
  ramLines,
  read,
  statesOf,
  unplug,
  zoneCounts,
} from '../machines'
import { BLOCKS, bringOnline, each, makeOld, plugDevice, watch, withDevice } from './machines'

const OLD = ['rfc9', 'v3.10'] as const

/** Blocks of memory that no device owns, on node 1. */
function withBlocks(kernel: string, blocks: readonly number[]): Machine {
  const machine = makeOld(kernel, { config: { pageCgroup: false } })
  for (const id of blocks) addMemory(machine, { range: bytesOf(id, id), nodeId: nodeId(1) })
  return machine
}

/** Removes blocks, with all invariants of the step checked. @returns the refusal, if there is one */
function remove(machine: Machine, first: number, last: number) {
  const range = bytesOf(first, last)
  let refusal: ReturnType<typeof refusalOf>
  const watching = new MachineWatch(machine)
  const step = watching.step({ op: 'remove', ...range }, () => {
    refusal = refusalOf(() => removeMemory(machine, { range }))
    if (refusal !== undefined) throw refusal
  })
  watching.end()
  checkStep(step)
  return refusal
}

test.each(OLD)(
  'vector 8.1: a device on a new node comes, goes online, and leaves nothing, in %s',
  (kernel) => {
    const machine = makeOld(kernel, { config: { pageCgroup: false } })
    const boot = {
      iomem: ramLines(machine),
      map: firmwareMap(machine),
      zone: zoneCounts(machine, '1/Normal'),
    }
    const added = watch(machine)
    plugDevice(machine)
    expect(ramLines(machine)).toEqual([...boot.iomem, '40000000-5fffffff : System RAM'])
    expect(firmwareMap(machine)).toEqual([...boot.map, '0x40000000-0x5fffffff System RAM'])
    expect(added.uevents()).toEqual(['add PNP0C80:00', ...each('add', BLOCKS), 'add node1'])
    expect(zoneCounts(machine, '1/DMA32')).toMatchObject({ start: 0, spanned: 0 })
    expect(zoneCounts(machine, '1/Normal')).toMatchObject({
      start: 0x4_0000,
      spanned: 0x2_0000,
      present: 0,
    })

    bringOnline(machine, [10, 8, 11, 9])
    expect(zoneCounts(machine, '1/Normal').present).toBe(0x2_0000)
    expect(read(machine, '/sys/devices/system/node/has_normal_memory')).toBe('0-1')
    checkInvariants(machine)

    const removed = watch(machine)
    unplug(machine, 'dimm')
    expect(removed.uevents()).toEqual([
      ...each('offline', BLOCKS),
      ...each('remove', BLOCKS),
      'remove node1',
      'remove PNP0C80:00',
    ])
    expect(removed.log().filter((line) => line === 'Offlined Pages 32768')).toHaveLength(4)
    expect([ramLines(machine), firmwareMap(machine)]).toEqual([boot.iomem, boot.map])
    expect(zoneCounts(machine, '1/Normal')).toEqual(boot.zone)
    checkInvariants(machine)
  },
)

describe('the span of the zone, removing sections one by one', () => {
  test.each([
    [
      [8, 9, 10, 11],
      [
        [9, 3],
        [10, 2],
        [11, 1],
        [0, 0],
      ],
    ],
    [
      [11, 10, 9, 8],
      [
        [8, 3],
        [8, 2],
        [8, 1],
        [0, 0],
      ],
    ],
    [
      [9, 10, 8, 11],
      [
        [8, 4],
        [8, 4],
        [11, 1],
        [0, 0],
      ],
    ],
    [
      [9, 8, 11, 10],
      [
        [8, 4],
        [10, 2],
        [10, 1],
        [0, 0],
      ],
    ],
  ])('vector 8.3 2012/I-17.2: in the order %j', (order, spans) => {
    for (const kernel of OLD) {
      const machine = withBlocks(kernel, BLOCKS)
      const seen = order.map((id) => {
        expect(remove(machine, id, id)).toBeUndefined()
        const { start, spanned } = zoneCounts(machine, '1/Normal')
        checkInvariants(machine)
        return [start / 32_768, spanned / 32_768]
      })
      expect(seen).toEqual(spans)
      addMemory(machine, { range: bytesOf(8, 8), nodeId: nodeId(1) })
      expect(zoneCounts(machine, '1/Normal')).toMatchObject({ start: 0x4_0000, spanned: 0x8000 })
    }
  })
})

test('vector 8.5.2: a block that came online again is noticed; the log names the range with its end beyond the last byte', () => {
  const machine = withBlocks('rfc9', BLOCKS)
  bringOnline(machine, BLOCKS)
  for (const id of BLOCKS) offlineBlock(machine, blockId(id))
  bringOnline(machine, [8])
  const seen = watch(machine)
  expect(remove(machine, 8, 11)?.errno).toBe('EAGAIN')
  expect(seen.log()).toEqual([
    'memory removing [mem 0x40000000-0x60000000] failed, because the memmory range is online',
  ])
  expect(statesOf(machine, BLOCKS)).toEqual(['online', 'offline', 'offline', 'offline'])
})

describe('a part of what was added as one', () => {
  const withRange = (kernel: string): Machine => {
    const machine = makeOld(kernel, { config: { pageCgroup: false } })
    addMemory(machine, { range: bytesOf(8, 11), nodeId: nodeId(1) })
    return machine
  }

  test.each([
    [8, '0000000040000000-0000000047ffffff'],
    [9, '0000000048000000-000000004fffffff'],
  ])(
    '2012/I-09.2: leaves its line of /proc/iomem, and the log says that there is none of that size (memory%i)',
    (id, range) => {
      const machine = withRange('rfc9')
      const before = { iomem: ramLines(machine), map: firmwareMap(machine) }
      const seen = watch(machine)
      expect(remove(machine, id, id)).toBeUndefined()
      expect(statesOf(machine, [id])).toEqual(['-'])
      expect([ramLines(machine), firmwareMap(machine)]).toEqual([before.iomem, before.map])
      expect(seen.log()).toEqual([`Trying to free nonexistent resource <${range}>`])
    },
  )

  test('is cut out of the line in 3.10', () => {
    const machine = withRange('v3.10')
    expect(remove(machine, 9, 9)).toBeUndefined()
    expect(ramLines(machine).slice(-2)).toEqual([
      '40000000-47ffffff : System RAM',
      '50000000-5fffffff : System RAM',
    ])
  })
})

describe('a range with a hole', () => {
  test('2012/I-09.4 2012/I-11.2: sections go upwards as far as the hole, and EINVAL is the answer; what is above stays', () => {
    const machine = withBlocks('rfc9', [8, 9, 11])
    const seen = watch(machine)
    expect(remove(machine, 8, 11)).toMatchObject({ code: 'SECTION_ABSENT', errno: 'EINVAL' })
    expect(seen.uevents()).toEqual(each('remove', [8, 9]))
    expect(statesOf(machine, BLOCKS)).toEqual(['-', '-', '-', 'offline'])
    checkInvariants(machine)
    expect(remove(machine, 11, 11)).toBeUndefined()
  })

  test('2012/I-09.4: the line of /proc/iomem goes all the same', () => {
    const machine = makeOld('rfc9', { config: { pageCgroup: false } })
    addMemory(machine, { range: bytesOf(8, 11), nodeId: nodeId(1) })
    remove(machine, 9, 9)
    expect(remove(machine, 8, 11)?.errno).toBe('EINVAL')
    expect(ramLines(machine)).toHaveLength(1)
  })

  test('is passed over in 3.10', () => {
    const machine = withBlocks('v3.10', [8, 9, 11])
    expect(remove(machine, 8, 11)).toBeUndefined()
    expect(statesOf(machine, BLOCKS)).toEqual(Array(4).fill('-'))
    checkInvariants(machine)
  })
})

test('vector 8.5.4 2012/I-09.3: an LMB of sixteen sections goes section by section', () => {
  const machine = makeGuest({ ...POWER_GUEST, kernel: 'rfc9' })
  const range = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 256 * MIB) }
  addMemory(machine, { range, nodeId: nodeId(1) })
  const { mappings } = machine.state.journal
  const before = mappings.length
  removeMemory(machine, { range })
  const records = mappings.slice(before).map((record) => record.range)
  const sections = numbers(0, 15).map((i) => ({
    start: 4 * GIB + i * 16 * MIB,
    end: 4 * GIB + (i + 1) * 16 * MIB,
  }))
  expect(records).toEqual([...sections, range])
  checkInvariants(machine)
})

test('2012/I-10.3: a block of sixteen sections is there until the last of them goes', () => {
  const machine = makeGuest({ ...POWER_GUEST, kernel: 'rfc9' })
  const range = { start: physAddr(4 * GIB), end: physAddr(4 * GIB + 256 * MIB) }
  addMemory(machine, { range, nodeId: nodeId(1) })
  let memmapsGone = 0
  const gone: number[] = []
  machine.observe((event) => {
    if (event.kind === 'step' && event.step === 'memmap' && event.phase === 'done') memmapsGone += 1
    if (event.kind === 'uevent' && event.uevent.subsystem === 'memory') gone.push(memmapsGone)
  })
  removeMemory(machine, { range })
  expect(gone).toEqual([15])
})

test.each(OLD)(
  '2012/I-08.2 2012/G-3: comes back with a larger number in the firmware map, in %s',
  (kernel) => {
    const machine = withBlocks(kernel, [8])
    const numberOf = (): number =>
      Math.max(...machine.tree.list('/sys/firmware/memmap').map(Number))
    const first = numberOf()
    remove(machine, 8, 8)
    addMemory(machine, { range: bytesOf(8, 8), nodeId: nodeId(1) })
    expect(numberOf()).toBeGreaterThan(first)
  },
)

test('devices that are there at boot have two directories each in 3.10, and a removal takes away the higher one', () => {
  const device = (start: number) => ({ node: 1, ranges: [{ start, end: start + 256 * MIB }] })
  const machine = makeOld('v3.10', {
    config: { pageCgroup: false },
    drivers: { acpi: { devices: [device(GIB), device(2 * GIB)] } },
  })
  const starts = (): readonly string[] =>
    machine.tree
      .list('/sys/firmware/memmap')
      .map((index) => `${index} ${read(machine, `/sys/firmware/memmap/${index}/start`)}`)
  const [first, second] = ['0x40000000', '0x80000000']
  expect(starts()).toEqual([`0 ${first}`, `1 ${second}`, '2 0x0', `3 ${first}`, `4 ${second}`])
  unplug(machine, 'PNP0C80:00')
  expect(starts()).toEqual([`0 ${first}`, `1 ${second}`, '2 0x0', `4 ${second}`])
  checkInvariants(machine)
  addMemory(machine, { range: bytesOf(8, 8), nodeId: nodeId(1) })
  expect(starts().at(-1)).toBe(`5 ${first}`)
})

test('2012/I-19.3: the last memory of a node without processors takes its directory along', () => {
  const machine = withDevice('rfc9')
  unplug(machine, 'dimm')
  expect(machine.tree.lookup('/sys/devices/system/node/node1')).toBeUndefined()
  expect(read(machine, '/sys/devices/system/node/online')).toBe('0')
})
