// Section 8.7 of the 6.1 specification, and what the series of 2012 says about removal.
import {
  addMemory,
  blockId,
  fingerprint,
  GIB,
  HotplugError,
  isHotplugError,
  type Machine,
  MERGE_RESOURCE,
  MIB,
  nodeId,
  offlineAndRemoveMemory,
  offlineBlock,
  onlineBlock,
  physAddr,
  poisonPage,
  refusalOf,
  removeMemory,
  takeSnapshot,
} from '@memhp/core'
import { canonicalMemory, findBlock, injectStepFault } from '@memhp/core/inspect'
import type { Arch } from '@memhp/core/plugin'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import {
  bytesOf,
  firmwareMap,
  makeGuest,
  memTotalKib,
  numbers,
  plug,
  ramLines,
  read,
  readBlock,
  statesOf,
  ueventsSince,
  unplug,
  zoneCounts,
} from './machines'

const errnoOf = (act: () => void): string | null => {
  try {
    act()
    return null
  } catch (error) {
    if (isHotplugError(error)) return error.errno
    throw error
  }
}

/** What adding and removing a range must leave as it was. */
const picture = (machine: Machine) => ({
  blocks: machine.tree.list('/sys/devices/system/memory'),
  links: machine.tree.list('/sys/devices/system/node/node0'),
  iomem: ramLines(machine),
  map: firmwareMap(machine).toSorted(),
  total: memTotalKib(machine),
  zones: ['0/DMA', '0/DMA32', '0/Normal', '0/Movable'].map((key) =>
    zoneCounts(machine, key as '0/DMA'),
  ),
  online: read(machine, '/sys/devices/system/node/online'),
})

describe('memory that comes and goes', () => {
  test.each([
    ['offline', undefined],
    ['online in Normal', 'online_kernel'],
    ['online in Movable', 'online_movable'],
  ] as const)('v6.1/51 2012/G-3 2012/I-08.1: leaves nothing, %s in between', (_, type) => {
    const machine = makeGuest()
    const before = { picture: picture(machine), memory: canonicalMemory(machine) }
    const snapshot = takeSnapshot(machine)
    addMemory(machine, { range: bytesOf(64, 67), nodeId: nodeId(0) })
    expect(picture(machine)).not.toEqual(before.picture)
    if (type !== undefined)
      for (const id of numbers(64, 67)) onlineBlock(machine, blockId(id), type)
    offlineAndRemoveMemory(machine, { range: bytesOf(64, 67) })
    expect(picture(machine)).toEqual(before.picture)
    expect(machine.state.memory.firmwareMap.nextIndex).toBe(
      snapshot.state.memory.firmwareMap.nextIndex + 1,
    )
    machine.state.memory.firmwareMap.nextIndex -= 1
    expect(fingerprint(machine)).toBe(fingerprint({ ...machine, state: snapshot.state }))
  })

  test('v6.1/52: is back with the same numbers, offline, of the new adder, and not early', () => {
    const machine = makeGuest()
    offlineAndRemoveMemory(machine, { range: bytesOf(8, 9) })
    plug(machine, { id: 'dimm', sizeBytes: 128 * MIB })
    addMemory(machine, { range: bytesOf(8, 9), nodeId: nodeId(0) })
    expect(statesOf(machine, [7, 8, 9, 10])).toEqual(['online', 'offline', 'offline', 'online'])
    const block = findBlock(machine, blockId(8))
    expect([block?.early, block?.groupId]).toEqual([false, null])
    onlineBlock(machine, blockId(8))
    expect(zoneCounts(machine, '0/DMA32').present).toBe(
      zoneCounts(machine, '0/DMA32').spanned - 32_768,
    )
    checkInvariants(machine)
  })

  test('2012/I-18.2 2012/I-19.3: takes its node along, which comes back with it', () => {
    const machine = makeGuest()
    for (let round = 0; round < 2; round++) {
      const { seqnum } = machine.state.journal
      plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })
      expect(read(machine, '/sys/devices/system/node/online')).toBe('0-1')
      expect(machine.tree.lookup('/sys/devices/system/node/node1')?.kind).toBe('directory')
      unplug(machine, 'dimm')
      expect(read(machine, '/sys/devices/system/node/online')).toBe('0')
      expect(machine.tree.lookup('/sys/devices/system/node/node1')).toBeUndefined()
      const node = ueventsSince(machine, seqnum).filter((uevent) => uevent.endsWith('/node1'))
      expect(node.map((uevent) => uevent.split(' ')[0])).toEqual(['add', 'remove'])
    }
  })

  test('2012/I-19.4: leaves a node with CPUs online, spanning nothing', () => {
    const nodes = [
      { id: 0, cpus: [0] },
      { id: 1, cpus: [1] },
    ]
    const machine = makeGuest({ nodes })
    plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })
    onlineBlock(machine, blockId(35))
    unplug(machine, 'dimm')
    expect(read(machine, '/sys/devices/system/node/online')).toBe('0-1')
    expect(read(machine, '/sys/devices/system/node/has_memory')).toBe('0')
    const node = machine.state.memory.nodes.get(nodeId(1))
    expect([node?.startPfn, node?.spannedPages]).toEqual([0, 0])
  })

  test('2012/I-03.1: goes from the node that it was added to', () => {
    const machine = makeGuest()
    const nodes: number[] = []
    const arch: Arch = {
      ...machine.arch,
      addMemory(model, request) {
        nodes.push(request.nodeId)
        return machine.arch.addMemory(model, request)
      },
      removeMemory(model, request) {
        nodes.push(request.nodeId)
        return machine.arch.removeMemory(model, request)
      },
    }
    const spied: Machine = { ...machine, arch }
    addMemory(spied, { range: bytesOf(64, 65), nodeId: nodeId(1) })
    removeMemory(spied, { range: bytesOf(64, 65) })
    expect(nodes).toEqual([1, 1])
  })
})

describe('a range that cannot be added', () => {
  const half = 64 * MIB
  test.each([
    ['its start is within a block', { start: 64 * half * 2 + half, end: 66 * half * 2 }, 'EINVAL'],
    ['its end is within a block', { start: 64 * half * 2, end: 66 * half * 2 - half }, 'EINVAL'],
    ['it is empty', { start: 8 * GIB, end: 8 * GIB }, 'E2BIG'],
    ['it is beyond what can be mapped', { start: 2 ** 46 - GIB, end: 2 ** 46 + GIB }, 'E2BIG'],
    ['all of it is there', { start: GIB, end: GIB + half * 2 }, 'EEXIST'],
    ['a part of it is there', { start: 2 * GIB - half * 2, end: 2 * GIB + half * 2 }, 'EEXIST'],
  ])('v6.1/54 v6.1/55: because %s leaves no trace', (_, range, errno) => {
    const machine = makeGuest()
    const before = fingerprint(machine)
    const bytes = { start: physAddr(range.start), end: physAddr(range.end) }
    expect(errnoOf(() => addMemory(machine, { range: bytes, nodeId: nodeId(0) }))).toBe(errno)
    expect(fingerprint(machine)).toBe(before)
  })
})

describe('a range that cannot be removed', () => {
  test('v6.1/49: because a block is online stays as it is', () => {
    const machine = makeGuest()
    addMemory(machine, { range: bytesOf(64, 67), nodeId: nodeId(0) })
    onlineBlock(machine, blockId(66))
    const before = fingerprint(machine)
    expect(errnoOf(() => removeMemory(machine, { range: bytesOf(64, 67) }))).toBe('EBUSY')
    expect(fingerprint(machine)).toBe(before)
  })

  test.each([removeMemory, offlineAndRemoveMemory])(
    'because it is memory of a device: %o from outside leaves it to the driver',
    (remove) => {
      const machine = makeGuest()
      plug(machine, { id: 'dimm', sizeBytes: 256 * MIB })
      const before = fingerprint(machine)
      expect(refusalOf(() => remove(machine, { range: bytesOf(33, 34) }))).toMatchObject({
        code: 'DEVICE_BOUND',
        errno: 'EBUSY',
        detail: { driver: 'acpi', device: 'PNP0C80:00' },
      })
      expect(fingerprint(machine)).toBe(before)
      unplug(machine, 'dimm')
      expect(statesOf(machine, [32, 33])).toEqual(['-', '-'])
    },
  )

  test.each([removeMemory, offlineAndRemoveMemory])(
    'because it is larger than any machine: %o looks at the blocks that exist, and no further',
    (remove) => {
      const machine = makeGuest()
      addMemory(machine, { range: bytesOf(64, 64), nodeId: nodeId(0) })
      const { start } = bytesOf(64, 64)
      const codes = [2 ** 60, machine.arch.mappable.end].map(
        (end) => refusalOf(() => remove(machine, { range: { start, end: physAddr(end) } }))?.code,
      )
      expect(codes[0]).toBe('ADDRESS_OUT_OF_REACH')
      expect(codes[1]).toBe(remove === removeMemory ? undefined : 'NO_SUCH_BLOCK')
      checkInvariants(machine)
    },
  )

  test('2012/I-11.1: because it is not whole blocks', () => {
    const machine = makeGuest()
    addMemory(machine, { range: bytesOf(64, 65), nodeId: nodeId(0) })
    const range = { start: physAddr(64 * 128 * MIB), end: physAddr(65 * 128 * MIB - 4096) }
    expect(errnoOf(() => removeMemory(machine, { range }))).toBe('EINVAL')
  })

  test('2012/I-04.3: because a block came online between going offline and removal', () => {
    const machine = makeGuest()
    addMemory(machine, { range: bytesOf(64, 65), nodeId: nodeId(0) })
    onlineBlock(machine, blockId(64))
    const heal = injectStepFault(machine, ({ operation, step }) => {
      if (operation !== 'remove' || step !== 'offline') return undefined
      heal()
      onlineBlock(machine, blockId(65))
      return undefined
    })
    expect(errnoOf(() => offlineAndRemoveMemory(machine, { range: bytesOf(64, 65) }))).toBe('EBUSY')
    expect(statesOf(machine, [64, 65])).toEqual(['online', 'online'])
    checkInvariants(machine)
  })
})

describe('a range over two that were added', () => {
  test('goes, and its addresses stay claimed: no entry of System RAM holds all of it', () => {
    // release_mem_region_adjustable, kernel/resource.c 6.1. Found by MEMHP_SEED=-973368952 of arch-x86.
    const machine = makeGuest()
    const both = bytesOf(64, 67)
    for (const range of [bytesOf(64, 65), bytesOf(66, 67)])
      addMemory(machine, { range, nodeId: nodeId(0) })
    const before = ramLines(machine)
    removeMemory(machine, { range: both })
    expect(statesOf(machine, numbers(64, 67))).toEqual(['-', '-', '-', '-'])
    expect(ramLines(machine)).toEqual(before)
    expect(errnoOf(() => addMemory(machine, { range: both, nodeId: nodeId(0) }))).toBe('EEXIST')
  })

  test('goes with its claim where the two were merged', () => {
    const machine = makeGuest()
    const before = ramLines(machine)
    for (const range of [bytesOf(64, 65), bytesOf(66, 67)])
      addMemory(machine, { range, nodeId: nodeId(0), mergeResource: MERGE_RESOURCE })
    removeMemory(machine, { range: bytesOf(64, 67) })
    expect(ramLines(machine)).toEqual(before)
    checkInvariants(machine)
  })
})

describe('taking a range offline', () => {
  test('2012/I-02.1: emits nothing where all of it is offline', () => {
    const machine = makeGuest()
    addMemory(machine, { range: bytesOf(64, 67), nodeId: nodeId(0) })
    const { seqnum } = machine.state.journal
    offlineAndRemoveMemory(machine, { range: bytesOf(64, 67) })
    expect(ueventsSince(machine, seqnum).filter((uevent) => uevent.startsWith('offline'))).toEqual(
      [],
    )
  })

  test('2012/I-02.2 2012/I-10.3: a block of four sections goes once, and as a whole', () => {
    const machine = makeGuest({ blockSizeBytes: 512 * MIB })
    addMemory(machine, { range: bytesOf(16, 17, 512 * MIB), nodeId: nodeId(1) })
    onlineBlock(machine, blockId(16))
    const { seqnum } = machine.state.journal
    offlineAndRemoveMemory(machine, { range: bytesOf(16, 16, 512 * MIB) })
    expect(ueventsSince(machine, seqnum)).toEqual([
      'offline /devices/system/memory/memory16',
      'remove /devices/system/memory/memory16',
    ])
    const links = machine.tree.list('/sys/devices/system/node/node1')
    expect(links.filter((name) => name.startsWith('memory'))).toEqual(['memory17'])
    checkInvariants(machine)
  })

  test('2012/I-02.3: goes by ascending number', () => {
    const machine = makeGuest()
    addMemory(machine, { range: bytesOf(64, 67), nodeId: nodeId(0) })
    for (const id of [67, 64, 66]) onlineBlock(machine, blockId(id))
    const { seqnum } = machine.state.journal
    offlineAndRemoveMemory(machine, { range: bytesOf(64, 67) })
    const gone = ueventsSince(machine, seqnum).map((uevent) => uevent.replace(/ .*\/memory/, ' '))
    expect(gone.slice(0, 3)).toEqual(['offline 64', 'offline 66', 'offline 67'])
    expect(gone.slice(3)).toEqual([64, 65, 66, 67].map((id) => `remove ${id}`))
  })

  test('2012/I-02.4: ends at the first failure, with the blocks above it untouched and those below it back', () => {
    const machine = makeGuest()
    addMemory(machine, { range: bytesOf(64, 67), nodeId: nodeId(0) })
    for (const id of numbers(64, 67)) onlineBlock(machine, blockId(id), 'online_movable')
    const { seqnum } = machine.state.journal
    const heal = injectStepFault(machine, ({ step }) => {
      const offline = ueventsSince(machine, seqnum).length
      return step === 'isolate' && offline === 2
        ? new HotplugError('FAULT_INJECTED', 'EBUSY', 'busy')
        : undefined
    })
    expect(errnoOf(() => offlineAndRemoveMemory(machine, { range: bytesOf(64, 67) }))).toBe('EBUSY')
    heal()
    const seen = ueventsSince(machine, seqnum).map((uevent) => uevent.replace(/ .*\/memory/, ' '))
    expect(seen).toEqual(['offline 64', 'offline 65', 'online 64', 'online 65'])
    expect(statesOf(machine, numbers(64, 67))).toEqual(Array(4).fill('online'))
  })
})

describe('the firmware map', () => {
  test('2012/I-08.2: numbers an entry that comes back higher', () => {
    const machine = makeGuest()
    const added = (): string => {
      const before = machine.tree.list('/sys/firmware/memmap')
      plug(machine, { id: 'dimm', sizeBytes: GIB })
      const after = machine.tree.list('/sys/firmware/memmap')
      unplug(machine, 'dimm')
      return after.find((index) => !before.includes(index)) ?? ''
    }
    expect([added(), added(), added()]).toEqual(['1', '2', '3'])
  })

  test('2012/I-08.3: loses a boot entry whose whole range is removed, and its number for ever', () => {
    const ram = [
      { start: 0, end: GIB, node: 0 },
      { start: 4 * GIB, end: 5 * GIB, node: 0 },
    ]
    const machine = makeGuest({ ram })
    expect(machine.tree.list('/sys/firmware/memmap')).toEqual(['0', '1'])
    offlineAndRemoveMemory(machine, { range: bytesOf(32, 39) })
    expect(machine.tree.list('/sys/firmware/memmap')).toEqual(['0'])
    addMemory(machine, { range: bytesOf(32, 39), nodeId: nodeId(0) })
    expect(machine.tree.list('/sys/firmware/memmap')).toEqual(['0', '2'])
    checkInvariants(machine)
  })

  test.each([
    ['start', { start: 4 * GIB - 4096, end: 5 * GIB - 1, type: 'System RAM' }],
    ['end', { start: 4 * GIB, end: 5 * GIB, type: 'System RAM' }],
    ['type', { start: 4 * GIB, end: 5 * GIB - 1, type: 'Reserved' }],
  ])('2012/I-08.4: keeps an entry that differs in its %s', (_, entry) => {
    const machine = makeGuest()
    const { firmwareMap: map } = machine.state.memory
    map.entries.push({ index: map.nextIndex++, ...entry })
    const before = firmwareMap(machine)
    plug(machine, { id: 'dimm', sizeBytes: GIB })
    unplug(machine, 'dimm')
    expect(firmwareMap(machine)).toEqual(before)
  })

  test('2012/I-08.4: keeps the entry of a boot range of which only a part is removed', () => {
    const machine = makeGuest()
    const before = firmwareMap(machine)
    offlineAndRemoveMemory(machine, { range: bytesOf(8, 8) })
    expect(firmwareMap(machine)).toEqual(before)
    expect(ramLines(machine)).toEqual([
      '00000000-3fffffff : System RAM',
      '48000000-7fffffff : System RAM',
    ])
  })
})

describe('a poisoned page', () => {
  const poisoned = (): Machine => {
    const machine = makeGuest()
    plug(machine, { id: 'dimm', sizeBytes: GIB })
    onlineBlock(machine, blockId(33))
    poisonPage(machine, 33 * 32_768 + 77)
    return machine
  }
  const freePages = (machine: Machine): number =>
    machine.state.memory.zones.get('0/Normal')?.free.freePages ?? -1

  test('2012/I-20.3: does not keep its block from going offline, online and offline again', () => {
    const machine = poisoned()
    for (let round = 0; round < 2; round++) {
      expect(offlineBlock(machine, blockId(33))).toBe('done')
      checkInvariants(machine)
      expect(onlineBlock(machine, blockId(33))).toBe('done')
      checkInvariants(machine)
      expect(freePages(machine)).toBe(32_768)
    }
  })

  test('v6.1/78 2012/I-16.4: is healthy when its memory has gone and come back', () => {
    const machine = poisoned()
    unplug(machine, 'dimm')
    plug(machine, { id: 'dimm', sizeBytes: GIB })
    onlineBlock(machine, blockId(33))
    expect(readBlock(machine, 33, 'valid_zones')).toBe('Normal')
    expect(freePages(machine)).toBe(32_768)
  })
})
