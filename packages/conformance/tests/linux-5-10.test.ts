// What Linux 5.10 does otherwise than 6.1. Source: guests of 5.10.223 and of 6.1, both of Debian.
import { blockId, GIB, type Machine, MIB, offlineBlock, onlineBlock, settle } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { makeGuest, numbers, plug, read, zoneCounts } from './machines'
import { pluggedMib, requestMib, virtioGuest } from './virtio-guest'

const PARAMETERS = '/sys/module/memory_hotplug/parameters'

describe('a guest of 5.10', () => {
  const both = (cmdline = ''): readonly Machine[] =>
    ['v5.10', 'v6.1'].map((kernel) => makeGuest({ kernel, cmdline }))

  test('has no parameters of the module, and does not hear those of the command line', () => {
    const machines = both('memory_hotplug.online_policy=auto-movable')
    const seen = machines.map((machine) => {
      plug(machine, { id: 'dimm', sizeBytes: 128 * MIB })
      return [
        machine.tree.lookup(PARAMETERS) !== undefined,
        read(machine, '/sys/devices/system/memory/memory32/valid_zones'),
      ]
    })
    expect(seen).toEqual([
      [false, 'Normal Movable'],
      [true, 'Movable Normal'],
    ])
  })

  test('counts huge pages of a node from its first memory on', () => {
    const seen = both().map((machine) => {
      plug(machine, { id: 'dimm', sizeBytes: 128 * MIB, node: 1 })
      const hasPool = (): boolean =>
        machine.tree.lookup('/sys/devices/system/node/node1/hugepages') !== undefined
      const before = hasPool()
      onlineBlock(machine, blockId(32), 'online_movable')
      return [before, hasPool()]
    })
    expect(seen).toEqual([
      [false, true],
      [true, true],
    ])
  })

  test('tells what went offline, and not in which order nodes are asked for memory', () => {
    const [old, later] = both().map((machine) => {
      plug(machine, { id: 'dimm', sizeBytes: 128 * MIB })
      onlineBlock(machine, blockId(32), 'online_movable')
      offlineBlock(machine, blockId(32))
      const { log } = machine.state.journal
      return log.map(({ level, text }) => `${level}: ${text}`)
    })
    expect(old).toContain('info: Offlined Pages 32768')
    expect(later).toContain('debug: Offlined Pages 32768')
    expect(old?.join('\n')).not.toContain('Fallback order')
    expect(later?.join('\n')).toContain('Fallback order for Node 0: 0')
  })

  test('has no groups of memory', () => {
    const groups = both().map((machine) => {
      plug(machine, { id: 'dimm', sizeBytes: 128 * MIB })
      return machine.state.memory.groups.size
    })
    expect(groups).toEqual([0, 1])
  })
})

describe('virtio-mem of 5.10', () => {
  const guest = (blockBytes: number = 2 * MIB): Machine => {
    const device = { id: 'vm0', maxBytes: 4 * GIB, blockBytes, requestedBytes: 0 }
    const config = { devices: [device] }
    return virtioGuest({ kernel: 'v5.10', autoOnlineBlocks: 'offline', config })
  }

  function resize(machine: Machine, mib: number): void {
    requestMib(machine, mib)
    checkInvariants(machine)
  }

  function online(machine: Machine, id: number, type: 'online_kernel' | 'online_movable'): void {
    onlineBlock(machine, blockId(id), type)
    settle(machine)
  }

  const blocksOf = (machine: Machine): readonly number[] =>
    numbers(32, 63).filter((id) => findBlock(machine, blockId(id)) !== undefined)

  const managedOf = (machine: Machine): readonly (number | undefined)[] =>
    ['0/Normal', '0/Movable'].map((zone) => zoneCounts(machine, zone as '0/Normal')?.managed)

  test('has ten blocks wait, and brings more as one of them comes online', () => {
    const machine = guest()
    resize(machine, 2560)
    expect(blocksOf(machine)).toEqual(numbers(32, 41))
    online(machine, 32, 'online_kernel')
    expect(blocksOf(machine)).toEqual(numbers(32, 42))
    online(machine, 33, 'online_movable')
    expect(blocksOf(machine)).toEqual(numbers(32, 43))
  })

  test('plugs and unplugs the largest chunks of the allocator, and leaves the rest', () => {
    const machine = guest()
    const sizes = [512, 500, 470, 506].map((mib) => {
      resize(machine, mib)
      return pluggedMib(machine)
    })
    expect(sizes).toEqual([512, 500, 472, 504])
  })

  test('empties the highest block first, of whichever zone', () => {
    const machine = guest()
    resize(machine, 512)
    for (const id of [32, 34]) online(machine, id, 'online_kernel')
    for (const id of [33, 35]) online(machine, id, 'online_movable')
    resize(machine, 340)
    expect(blocksOf(machine)).toEqual([32, 33, 34])
    expect(managedOf(machine)).toEqual([54_272, 32_768])
    // The one that is plugged in part is filled before another is added.
    resize(machine, 390)
    expect(managedOf(machine)).toEqual([65_536, 32_768])
    expect(blocksOf(machine)).toEqual([32, 33, 34, 35])
  })

  test.each([
    [128, 1024, []],
    [256, 0, ['err: virtio_mem virtio0: The block size is not supported (too big).']],
  ])('of device blocks of %i MiB brings %i MiB', (block, mib, lines) => {
    const machine = guest(block * MIB)
    resize(machine, 1024)
    expect(pluggedMib(machine)).toBe(mib)
    const { log } = machine.state.journal
    expect(
      log.filter(({ level }) => level === 'err').map(({ level, text }) => `${level}: ${text}`),
    ).toEqual(lines)
  })
})
