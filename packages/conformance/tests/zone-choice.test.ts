// Section 8.3 of the 6.1 specification: which zone a block joins.
import { blockId, GIB, type Machine, MIB, type OnlineType, onlineBlock } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { blockFile, makeGuest, numbers, plug, readBlock, write, writeState } from './machines'

const AUTO = 'memory_hotplug.online_policy=auto-movable'

function machineWith(cmdline: string, gib = 1, node = 0): Machine {
  const machine = makeGuest({ cmdline })
  plug(machine, { id: 'dimm', sizeBytes: gib * GIB, node })
  return machine
}

const zones = (machine: Machine, ids: readonly number[]): readonly string[] =>
  ids.map((id) => readBlock(machine, id, 'valid_zones'))

const onlineAll = (machine: Machine, ids: readonly number[], type: OnlineType = 'online'): void => {
  for (const id of ids) onlineBlock(machine, blockId(id), type)
}

describe('contig-zones', () => {
  test.each([
    ['by default', '', 'Normal Movable'],
    ['with movable_node', 'movable_node', 'Movable Normal'],
  ])('v6.1/25 v6.1/26: a block that no zone spans, %s, reads %s', (_, cmdline, expected) => {
    expect(zones(machineWith(cmdline), [33])).toEqual([expected])
  })

  test.each(['', 'movable_node'])(
    'v6.1/26: a block that one zone spans joins it (%s)',
    (cmdline) => {
      const machine = machineWith(cmdline)
      onlineAll(machine, [32, 34], 'online_kernel')
      onlineAll(machine, [36, 38], 'online_movable')
      expect(zones(machine, [33, 37])).toEqual(['Normal Movable', 'Movable Normal'])
    },
  )

  test.each([
    ['', 'Normal Movable'],
    ['movable_node', 'Movable Normal'],
  ])('v6.1/26: where both zones span it the default decides (%s)', (cmdline, expected) => {
    const machine = machineWith(cmdline)
    onlineAll(machine, [32, 38], 'online_kernel')
    onlineAll(machine, [33, 37], 'online_movable')
    expect(zones(machine, [35])).toEqual([expected])
  })

  test('v6.1/24: an online block reads its zone alone', () => {
    const machine = machineWith('')
    onlineAll(machine, [32], 'online_movable')
    expect(zones(machine, [32])).toEqual(['Movable'])
  })
})

describe('auto-movable', () => {
  test('what is set aside for contiguous allocation counts as movable, and not as memory of the kernel', () => {
    const cmdline = `${AUTO} memory_hotplug.auto_movable_ratio=100`
    const plain = makeGuest({ cmdline })
    const early = [...plain.state.memory.zones.values()]
      .filter(({ nodeId }) => nodeId === 0)
      .reduce((sum, zone) => sum + zone.presentEarlyPages, 0)
    // A device that just fits; what is set aside would fit beside it, and is taken off what it has to fit into as well.
    const blocks = Math.floor(early / 32_768) - 1
    const cmaPages = Math.ceil(((early - blocks * 32_768) * 3) / 4)
    const facts = [...plain.state.memory.zones.values()].flatMap((zone) =>
      zone.spannedPages === 0
        ? []
        : {
            node: zone.nodeId,
            zone: zone.name,
            startPfn: zone.startPfn,
            spannedPages: zone.spannedPages,
            presentPages: zone.presentPages,
            managedPages: zone.managedPages,
            ...(zone.name === 'DMA32' && zone.nodeId === 0 ? { cmaPages } : {}),
          },
    )
    const aside = makeGuest({ cmdline, zones: facts })
    expect(aside.tree.read('/proc/zoneinfo')).toContain(`        cma      ${cmaPages}\n`)
    for (const [machine, zone] of [
      [plain, 'Movable'],
      [aside, 'Normal'],
    ] as const) {
      plug(machine, { id: 'dimm', sizeBytes: blocks * 128 * MIB, node: 0 })
      onlineBlock(machine, blockId(32), 'online')
      expect(zones(machine, [32])).toEqual([zone])
    }
  })

  test.each([
    ['online', 'Movable'],
    ['online_kernel', 'Normal'],
  ] as const)(
    'v6.1/29: all blocks of a device that go online by %s in turn are in %s',
    (type, zone) => {
      const machine = machineWith(AUTO)
      onlineAll(machine, numbers(32, 39), type)
      expect(new Set(zones(machine, numbers(32, 39)))).toEqual(new Set([zone]))
    },
  )

  test('v6.1/29: a device with a block in a kernel zone gets no other block into Movable', () => {
    const machine = machineWith(AUTO)
    onlineAll(machine, [35], 'online_kernel')
    onlineAll(machine, [32, 33, 34])
    expect(new Set(zones(machine, numbers(32, 35)))).toEqual(new Set(['Normal']))
  })

  test('v6.1/28: a device that is too large for the ratio goes to a kernel zone as a whole', () => {
    // 301 % of 2 GiB are 6.02 GiB.
    for (const [gib, zone] of [
      [6, 'Movable'],
      [7, 'Normal'],
    ] as const) {
      const machine = machineWith(AUTO, gib)
      onlineAll(machine, [32, 40])
      expect(zones(machine, [32, 40])).toEqual([zone, zone])
    }
  })

  test.each([
    [50, 'Movable'],
    [49, 'Normal'],
  ])('v6.1/28: a device of half the boot memory, with ratio %i, goes to %s', (ratio, zone) => {
    const machine = machineWith(`${AUTO} memory_hotplug.auto_movable_ratio=${ratio}`)
    onlineAll(machine, [32])
    expect(zones(machine, [32])).toEqual([zone])
  })

  test('v6.1/28: a node without boot memory gets nothing into Movable, unless nodes do not count', () => {
    const aware = machineWith(AUTO, 1, 1)
    onlineAll(aware, [32])
    expect(zones(aware, [32])).toEqual(['Normal'])
    const unaware = machineWith(`${AUTO} memory_hotplug.auto_movable_numa_aware=0`, 1, 1)
    onlineAll(unaware, [32])
    expect(zones(unaware, [32])).toEqual(['Movable'])
  })

  test('v6.1/30: with ratio 0 nothing goes to Movable by itself', () => {
    const machine = machineWith(`${AUTO} memory_hotplug.auto_movable_ratio=0`)
    onlineAll(machine, [32])
    expect(writeState(machine, 33, 'online_movable')).toBeNull()
    expect(zones(machine, [32, 33])).toEqual(['Normal', 'Movable'])
  })

  test('v6.1/28: hot-added kernel memory does not raise the allowance', () => {
    const machine = makeGuest({ cmdline: `${AUTO} memory_hotplug.auto_movable_ratio=50` })
    plug(machine, { id: 'first', sizeBytes: 4 * GIB })
    onlineAll(machine, numbers(32, 63), 'online_kernel')
    plug(machine, { id: 'second', sizeBytes: GIB + 128 * MIB })
    write(machine, blockFile(64, 'online'), '1')
    expect(zones(machine, [64])).toEqual(['Normal'])
  })
})
