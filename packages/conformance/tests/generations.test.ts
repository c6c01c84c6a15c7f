// What generations do differently. Source: spec/linux-6.12-to-7.3.md; spec/linux-6.1-memory-hotplug.md, section 10; series of 2012.
import {
  addMemory,
  allocateTracked,
  blockId,
  GIB,
  injectNotifierError,
  type Machine,
  type MachineDescription,
  type MemoryEvent,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  pfn,
  pinPage,
  refusalOf,
  registerMemoryNotifier,
  removeMemory,
} from '@memhp/core'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import {
  blockFile,
  bytesOf,
  EJECT,
  makeGuest,
  memTotalKib,
  numbers,
  plug,
  read,
  statesOf,
  ueventsSince,
  write,
  zoneCounts,
} from './machines'

const guestOf = (kernel: string, more: Partial<MachineDescription> = {}): Machine =>
  makeGuest({ kernel, autoOnlineBlocks: 'offline', ...more })

const plugGib = (machine: Machine): void => plug(machine, { id: 'dimm', sizeBytes: GIB })

const directMapMib = (machine: Machine, leaf: string): number =>
  Number(new RegExp(`DirectMap${leaf}: +(\\d+) kB`).exec(read(machine, '/proc/meminfo'))?.[1]) /
  1024

describe('auto_online_blocks', () => {
  test('reads online after boot in 6.12, and what is plugged comes online; in 6.1 it reads offline', () => {
    const seen = ['v6.1', 'v6.12'].map((kernel) => {
      const machine = makeGuest({ kernel })
      plugGib(machine)
      return [
        read(machine, '/sys/devices/system/memory/auto_online_blocks'),
        ...statesOf(machine, [32, 39]),
      ]
    })
    expect(seen).toEqual([
      ['offline', 'offline', 'offline'],
      ['online', 'online', 'online'],
    ])
  })

  test('is a matter of configuration, and the command line decides', () => {
    const config = { defaultOnlineType: 'online_movable' } as const
    const configured = makeGuest({ config })
    const told = makeGuest({ config, cmdline: 'memhp_default_state=offline' })
    const texts = [configured, told].map((machine) =>
      read(machine, '/sys/devices/system/memory/auto_online_blocks'),
    )
    expect(texts).toEqual(['online_movable', 'offline'])
  })
})

describe('the container of the slots', () => {
  const container = 'online /devices/system/container/PNP0A06:04'

  test('says online after each plug in 6.12, last of all', () => {
    const machine = guestOf('v6.12')
    plug(machine, { id: 'dimm', sizeBytes: 256 * MIB, node: 1 })
    expect(ueventsSince(machine, 0)).toEqual([
      'add /devices/system/memory/memory32',
      'add /devices/system/memory/memory33',
      'add /devices/system/node/node1',
      container,
    ])
  })

  test('says it also where the memory was refused', () => {
    const machine = guestOf('v6.12', { drivers: { acpi: { alignmentBytes: 4096 } } })
    plug(machine, { id: 'dimm', sizeBytes: 100 * MIB })
    expect(ueventsSince(machine, 0)).toEqual([container])
  })

  test('says nothing in 6.1', () => {
    const machine = guestOf('v6.1')
    plugGib(machine)
    expect(ueventsSince(machine, 0)).not.toContain(container)
  })
})

describe('a device check of memory that the kernel refuses', () => {
  // Source: intel/nemu#48, kata-containers/runtime#1841; commit 793551c96511.
  test.each([
    ['v6.1.82', 1, 'acpi PNP0C80:00: Enumeration failure'],
    ['v6.1', 0, 'acpi PNP0C80:00: acpi_memory_enable_device() error'],
  ])('in %s reports status %i, and the last line of the log is %s', (generation, status, line) => {
    const machine = guestOf(generation, { drivers: { acpi: { alignmentBytes: 4096 } } })
    plug(machine, { id: 'dimm', sizeBytes: 100 * MIB })
    const { log, platform } = machine.state.journal
    expect(log.at(-1)?.text).toBe(line)
    expect(JSON.stringify(platform.at(-1)?.data)).toContain(`"status":${status}`)
    checkInvariants(machine)
  })
})

describe('memmap_on_memory=1 and a device of eight blocks', () => {
  const cmdline = 'memory_hotplug.memmap_on_memory=1'

  const withDevice = (generation: string): Machine => {
    const machine = guestOf(generation, { cmdline })
    plug(machine, { id: 'dimm', sizeBytes: GIB, node: 1 })
    for (const id of numbers(32, 39)) onlineBlock(machine, blockId(id), 'online_movable')
    checkInvariants(machine)
    return machine
  }

  test('6.12: every block holds its own memmap, and is mapped by itself', () => {
    const before = guestOf('v6.12', { cmdline })
    const machine = withDevice('v6.12')
    expect(zoneCounts(machine, '1/Movable')).toMatchObject({
      spanned: 262_144,
      present: 262_144,
      managed: 258_048,
    })
    expect(memTotalKib(machine) - memTotalKib(before)).toBe(1_032_192)
    const grown = ['1G', '2M'].map(
      (leaf) => directMapMib(machine, leaf) - directMapMib(before, leaf),
    )
    expect(grown).toEqual([0, 1024])
  })

  test('6.1: it has no effect', () => {
    const before = guestOf('v6.1', { cmdline })
    const machine = withDevice('v6.1')
    expect(zoneCounts(machine, '1/Movable').managed).toBe(262_144)
    expect(directMapMib(machine, '1G') - directMapMib(before, '1G')).toBe(1024)
  })

  test('6.12: blocks go and change their zone one by one, the device as a whole', () => {
    const machine = withDevice('v6.12')
    offlineBlock(machine, blockId(34))
    onlineBlock(machine, blockId(34), 'online_kernel')
    expect(zoneCounts(machine, '1/Normal')).toMatchObject({ present: 32_768, managed: 32_256 })
    expect(write(machine, EJECT, '1')).toBeNull()
    expect(statesOf(machine, numbers(32, 39)).every((state) => state === '-')).toBe(true)
    expect(read(machine, '/proc/iomem')).not.toContain('100000000')
    checkInvariants(machine)
  })

  test.each([
    ['v6.1', 'N'],
    ['v6.12', 'force'],
  ])('%s reads force back as %s', (generation, word) => {
    const machine = guestOf(generation, { cmdline: 'memory_hotplug.memmap_on_memory=force' })
    expect(read(machine, '/sys/module/memory_hotplug/parameters/memmap_on_memory')).toBe(word)
  })
})

describe('the notifier chain', () => {
  function eventsOf(generation: string, refuse?: MemoryEvent): readonly string[] {
    const machine = guestOf(generation)
    plugGib(machine)
    const events: string[] = []
    registerMemoryNotifier(machine.memoryChain, {
      name: 'test',
      priority: 0,
      notifier: (event) => {
        events.push(event.replace('MEM_', ''))
        return event === refuse ? 'ENOMEM' : 'ok'
      },
    })
    const refused = write(machine, blockFile(32, 'state'), 'online')
    if (refused !== null) return [...events, refused]
    write(machine, blockFile(32, 'state'), 'offline')
    return events
  }

  test('is told of PREPARE and FINISH around everything else in 6.12', () => {
    const inside = ['GOING_ONLINE', 'ONLINE', 'GOING_OFFLINE', 'OFFLINE']
    expect(eventsOf('v6.1')).toEqual(inside)
    expect(eventsOf('v6.12')).toEqual(['PREPARE_ONLINE', ...inside, 'FINISH_OFFLINE'])
  })

  test('hears FINISH where onlining was refused after PREPARE, and nothing more where PREPARE was', () => {
    expect(eventsOf('v6.12', 'MEM_GOING_ONLINE')).toEqual([
      'PREPARE_ONLINE',
      'GOING_ONLINE',
      'CANCEL_ONLINE',
      'FINISH_OFFLINE',
      'ENOMEM',
    ])
    expect(eventsOf('v6.12', 'MEM_PREPARE_ONLINE')).toEqual(['PREPARE_ONLINE', 'ENOMEM'])
  })
})

describe('a block with a poisoned page', () => {
  const poisoned = (generation: string): Machine => {
    const machine = guestOf(generation)
    plugGib(machine)
    write(machine, blockFile(33, 'state'), 'online')
    const address = `0x${(33 * 128 * MIB + 4096).toString(16)}`
    expect(write(machine, '/sys/devices/system/memory/hard_offline_page', address)).toBeNull()
    expect(write(machine, blockFile(33, 'state'), 'offline')).toBeNull()
    return machine
  }

  test('does not come online again in 6.12 until it was removed', () => {
    const machine = poisoned('v6.12')
    expect(write(machine, blockFile(33, 'state'), 'online')).toBe('EHWPOISON')
    expect(write(machine, blockFile(32, 'state'), 'online')).toBeNull()
    expect(statesOf(machine, [32, 33])).toEqual(['online', 'offline'])
    expect(write(machine, EJECT, '1')).toBeNull()
    plug(machine, { id: 'again', sizeBytes: GIB })
    expect(write(machine, blockFile(33, 'state'), 'online')).toBeNull()
    checkInvariants(machine)
  })

  test('2012/I-20.1 comes online with the page in the series of 2012 and in 6.1, which counts it for good, and without it in 3.10', () => {
    const seen = (generation: string) => {
      const machine = poisoned(generation)
      expect(write(machine, blockFile(33, 'state'), 'online')).toBeNull()
      checkInvariants(machine)
      const free = machine.state.memory.zones.get('0/Normal')?.free.freePages
      return { free, stillCounted: machine.state.memory.curedPages }
    }
    expect(seen('v6.1')).toEqual({ free: 32_768, stillCounted: 1 })
    expect(seen('v5.10')).toEqual({ free: 32_768, stillCounted: 1 })
    expect(seen('rfc9')).toEqual({ free: 32_768, stillCounted: 0 })
    expect(seen('v3.10')).toEqual({ free: 32_767, stillCounted: 0 })
  })

  test('loses the mark also where a notifier keeps it offline, in 6.1', () => {
    const machine = poisoned('v6.1')
    injectNotifierError(machine, { event: 'MEM_GOING_ONLINE', errno: 'ENOMEM' })
    expect(write(machine, blockFile(33, 'state'), 'online')).toBe('ENOMEM')
    expect(machine.state.memory.curedPages).toBe(1)
    checkInvariants(machine)
  })
})

describe('files', () => {
  const filesOf = (more: Partial<MachineDescription>): readonly string[] =>
    makeGuest(more)
      .tree.list('/sys/devices/system/memory')
      .filter((name) => !/^memory\d+$/.test(name))
      .toSorted()

  const COMMON = ['block_size_bytes', 'hard_offline_page', 'soft_offline_page', 'uevent']

  test('beside the blocks differ by generation', () => {
    expect(filesOf({ kernel: 'v6.1' })).toEqual(['auto_online_blocks', ...COMMON])
    expect(filesOf({ kernel: 'v6.12' })).toEqual([
      'auto_online_blocks',
      'block_size_bytes',
      'crash_hotplug',
      ...COMMON.slice(1),
    ])
    expect(filesOf({ kernel: 'rfc9' })).toEqual([
      ...COMMON.slice(0, 2),
      'probe',
      ...COMMON.slice(2),
    ])
  })

  test('differ by configuration as well', () => {
    const config = { memoryFailure: false, memoryProbe: true, crashHotplug: false }
    expect(filesOf({ kernel: 'v6.12', config })).toEqual([
      'auto_online_blocks',
      'block_size_bytes',
      'probe',
      'uevent',
    ])
  })

  test('of a block differ by generation', () => {
    const entries = (generation: string): readonly string[] =>
      guestOf(generation).tree.list('/sys/devices/system/memory/memory8').toSorted()
    const inAll = [
      'node0',
      'phys_device',
      'phys_index',
      'removable',
      'state',
      'subsystem',
      'uevent',
    ]
    expect(entries('v6.12')).toEqual([...inAll, 'online', 'valid_zones'].toSorted())
    expect(entries('rfc9')).toEqual([...inAll, 'end_phys_index'].toSorted())
  })

  test('of parameters are absent in 2012', () => {
    const machine = guestOf('rfc9', { cmdline: 'memhp_default_state=online movable_node' })
    expect(machine.tree.lookup('/sys/module/memory_hotplug')).toBeUndefined()
    plugGib(machine)
    expect(statesOf(machine, [32])).toEqual(['offline'])
  })
})

describe('a range with an online block', () => {
  test.each([
    ['v6.1', 'EBUSY'],
    ['v6.12', 'EBUSY'],
    ['rfc9', 'EAGAIN'],
  ])('is not removed: %s answers %s (2012/I-04.2)', (generation, errno) => {
    const machine = guestOf(generation)
    addMemory(machine, { range: bytesOf(64, 65) })
    onlineBlock(machine, blockId(65))
    const refusal = refusalOf(() => removeMemory(machine, { range: bytesOf(64, 65) }))
    expect(refusal).toMatchObject({ code: 'RANGE_ONLINE', errno })
    expect(statesOf(machine, [64, 65])).toEqual(['offline', 'online'])
  })
})

describe('going offline without room for what is in the block', () => {
  const crowded = (generation: string): Machine => {
    const machine = guestOf(generation)
    addMemory(machine, { range: bytesOf(64, 64), nodeId: nodeId(1) })
    onlineBlock(machine, blockId(64))
    const zones = [...machine.state.memory.zones.values()]
    const pageCount = zones.reduce((pages, { free }) => pages + free.freePages, 0) - 64
    allocateTracked(machine, { name: 'cache', kind: 'file', pageCount, nodeId: nodeId(1) })
    return machine
  }

  test('never ends in 6.1, which a signal interrupts; 2012/I-01.2 has a limit and gives up', () => {
    const answers = ['v6.1', 'rfc9'].map((generation) => {
      const machine = crowded(generation)
      const refusal = refusalOf(() => offlineBlock(machine, blockId(64)))
      expect(statesOf(machine, [64])).toEqual(['online'])
      checkInvariants(machine)
      return [refusal?.code, refusal?.errno]
    })
    expect(answers).toEqual([
      ['OFFLINE_STALLED', 'EINTR'],
      ['OFFLINE_GAVE_UP', 'ENOMEM'],
    ])
  })

  test('is given up after 120 s where a page is pinned in 2012', () => {
    const machine = guestOf('rfc9')
    addMemory(machine, { range: bytesOf(64, 64), nodeId: nodeId(1) })
    onlineBlock(machine, blockId(64))
    allocateTracked(machine, { name: 'file', kind: 'file', pageCount: 8, nodeId: nodeId(1) })
    const [allocation] = machine.state.memory.allocations.values()
    pinPage(machine, pfn(allocation?.pages[0] ?? 0))
    const refusal = refusalOf(() => offlineBlock(machine, blockId(64)))
    expect(refusal).toMatchObject({ code: 'OFFLINE_GAVE_UP', errno: 'EAGAIN' })
    expect(refusal?.message).toContain('after 120 s')
  })
})
