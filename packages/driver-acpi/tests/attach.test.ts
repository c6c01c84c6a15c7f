import { blockId, driverOf, GIB, HotplugError, MIB, platformOf, settle } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import { describe, expect, test } from 'vitest'
import { acpiState, notifyDevice, setFirmware } from '../src'
import {
  hotAddedStates,
  makeGuest,
  plug,
  readDevice,
  takeLog,
  takePlatformEvents,
  takeUevents,
  unplug,
} from './guest'

const BLOCK = 128 * MIB
const blocks = (first: number, end: number) => ({ start: first * BLOCK, end: end * BLOCK })
const offline = (...ids: readonly number[]) => ids.map((id) => `${id} offline`)
const present = (status = 15) => ({ id: 'board', status })

function announce(machine: ReturnType<typeof makeGuest>, event: 'busCheck' | 'deviceCheck') {
  notifyDevice(machine, { device: 'PNP0C80:00', event })
  settle(machine)
  return takePlatformEvents(machine)
}

describe('memory that is plugged', () => {
  test.each([-1, 0.5, 3, Number.NaN])('is refused for node %d, which is not a domain', (node) => {
    const machine = makeGuest({ slots: 1, domains: { count: 3, named: [] } })
    expect(() => plug(machine, 'a', { node })).toThrow(
      expect.objectContaining({ code: 'NO_SUCH_NODE', errno: 'EINVAL' }),
    )
    expect(acpiState(machine).dimms).toEqual([])
  })

  test('is added to its node, bound, and reported', () => {
    const machine = makeGuest({ slots: 2 })
    expect(plug(machine, 'dimm1', { node: 1 })).toEqual({
      id: 'dimm1',
      address: 4 * GIB,
      sizeBytes: GIB / 2,
      node: 1,
      slot: 0,
      name: 'PNP0C80:00',
    })
    expect(takeUevents(machine)).toEqual([
      'add 32',
      'add 33',
      'add 34',
      'add 35',
      'add /devices/system/node/node1',
    ])
    expect(takePlatformEvents(machine)).toEqual(['OST dimm1 1 0'])
    expect(driverOf(machine).devices(machine)).toEqual([
      {
        name: 'PNP0C80:00',
        driver: 'acpi',
        nodeId: 1,
        ranges: [{ ...blocks(32, 36), enabled: true }],
        groupId: 0,
      },
    ])
    expect(machine.state.memory.groups.get(0)).toMatchObject({ kind: 'static', pages: 131072 })
  })

  test('of 100 MiB is refused by the kernel, and reported as a success', () => {
    const machine = makeGuest({ slots: 1 })
    platformOf(machine).plug(machine, { id: 'odd', sizeBytes: 100 * MIB, node: 0 })
    settle(machine)
    expect(takePlatformEvents(machine)).toEqual(['OST odd 1 0'])
    expect(takeLog(machine)).toEqual([
      'Block size [0x8000000] unaligned hotplug range: start 0x100000000, size 0x6400000',
      'acpi PNP0C80:00: add_memory failed',
      'acpi PNP0C80:00: acpi_memory_enable_device() error',
    ])
    expect(hotAddedStates(machine)).toEqual([])
    expect(machine.state.memory.groups.size).toBe(0)
    unplug(machine, 'odd')
    expect(takePlatformEvents(machine)).toEqual([
      'OST odd 3 132',
      'DEVICE_DELETED odd',
      'OST - 3 0',
    ])
  })

  test('takes the lowest free slot and the first gap, and is listed in the order of ids', () => {
    const machine = makeGuest({ slots: 3 })
    for (const id of ['dimm9', 'dimm10']) plug(machine, id)
    unplug(machine, 'dimm9')
    expect(plug(machine, 'dimm11', { gib: 1 })).toMatchObject({ slot: 0, address: 5 * GIB })
    expect(plug(machine, 'dimm8', { gib: 0.25 })).toMatchObject({ slot: 2, address: 4 * GIB })
    const ids = platformOf(machine)
      .plugged(machine)
      .map(({ id }) => id)
    expect(ids).toEqual(['dimm10', 'dimm11', 'dimm8'])
  })

  test.each([
    ['NO_FREE_SLOT', { id: 'c', sizeBytes: BLOCK, node: 0, slot: 0 }],
    ['NO_FREE_SLOT', { id: 'c', sizeBytes: BLOCK, node: 0, slot: 7 }],
    ['DEVICE_EXISTS', { id: 'a', sizeBytes: BLOCK, node: 0 }],
    ['NO_SUCH_NODE', { id: 'c', sizeBytes: BLOCK, node: 2 }],
    ['NO_ADDRESS_SPACE', { id: 'c', sizeBytes: BLOCK, node: 0, address: 4 * GIB }],
    ['NO_ADDRESS_SPACE', { id: 'c', sizeBytes: 2 ** 46, node: 0 }],
    ['BAD_ARGUMENT', { id: 'c', sizeBytes: 0, node: 0 }],
    ['BAD_ARGUMENT', { id: 'c', sizeBytes: MIB, node: 0 }],
    ['BAD_ARGUMENT', { id: 'c', sizeBytes: BLOCK, node: 0, address: 8 * GIB + MIB }],
  ])('is refused by the platform with %s, and nothing changes', (code, request) => {
    const machine = makeGuest({ slots: 2 })
    plug(machine, 'a')
    const before = structuredClone(acpiState(machine))
    const act = () => platformOf(machine).plug(machine, request)
    expect(act).toThrow(expect.objectContaining({ code }))
    expect(act).toThrow(HotplugError)
    expect(acpiState(machine)).toEqual(before)
  })

  test('is refused when every slot is taken', () => {
    const machine = makeGuest({ slots: 1 })
    plug(machine, 'a')
    expect(() => plug(machine, 'b')).toThrow(expect.objectContaining({ code: 'NO_FREE_SLOT' }))
  })

  test('that the platform does not hold cannot be asked for', () => {
    const machine = makeGuest({ slots: 1 })
    const error = expect.objectContaining({ code: 'NO_SUCH_DEVICE', errno: 'ENODEV' })
    expect(() => unplug(machine, 'dimm1')).toThrow(error)
    expect(() => notifyDevice(machine, { device: 'PNP0C80:01', event: 'busCheck' })).toThrow(error)
  })
})

describe('a device that is there at boot', () => {
  test('is added by the scan', () => {
    const machine = makeGuest({ devices: [{ id: 'board', ranges: [blocks(32, 34)], node: 0 }] })
    expect(hotAddedStates(machine)).toEqual(offline(32, 33))
    expect(takePlatformEvents(machine)).toEqual([])
    unplug(machine, 'board')
    expect(hotAddedStates(machine)).toEqual([])
  })

  test('with several ranges has one group and numbers its links through', () => {
    const ranges = [blocks(32, 33), blocks(33, 34), blocks(40, 41)]
    const machine = makeGuest({ devices: [{ ranges, node: 0 }] })
    const [device] = driverOf(machine).devices(machine)
    expect(device?.ranges).toEqual([
      { ...blocks(32, 34), enabled: true },
      { ...blocks(40, 41), enabled: true },
    ])
    expect(machine.state.memory.groups.get(0)).toMatchObject({ pages: 3 * 32768 })
    expect(
      acpiState(machine).devices[0]?.physicalNodes.map(({ id, block }) => [id, block]),
    ).toEqual([
      [0, 32],
      [1, 33],
      [2, 40],
    ])
  })

  test('keeps what could be added when one range is refused', () => {
    const ranges = [{ start: 4 * GIB + MIB, end: 4 * GIB + 2 * MIB }, blocks(40, 41)]
    const machine = makeGuest({ devices: [{ ranges, node: 0 }] })
    expect(
      driverOf(machine)
        .devices(machine)[0]
        ?.ranges.map(({ enabled }) => enabled),
    ).toEqual([false, true])
    unplug(machine, 'PNP0C80:00')
    expect(hotAddedStates(machine)).toEqual([])
    expect(machine.state.memory.groups.size).toBe(0)
  })

  test('whose memory is System RAM already is bound to the blocks there are', () => {
    const machine = makeGuest({ devices: [{ ranges: [blocks(4, 6)], node: 0 }] })
    expect(takeUevents(machine)).toEqual([])
    expect(machine.tree.readlink('/sys/devices/system/memory/memory4/firmware_node')).toBe(
      '../../../LNXSYSTM:00/LNXSYBUS:00/PNP0A06:04/PNP0C80:00',
    )
    expect([...(machine.state.memory.groups.get(0)?.blocks ?? [])]).toEqual([])
  })

  test('of an odd size has a group of all its pages, begun ones too', () => {
    const machine = makeGuest({ devices: [{ ranges: [{ start: BLOCK, end: BLOCK + 4097 }] }] })
    expect(machine.state.memory.groups.get(0)).toMatchObject({ pages: 2 })
    expect(acpiState(machine).devices[0]?.physicalNodes).toMatchObject([{ id: 0, block: 1 }])
  })

  test('is bound once to a block that two of its ranges share', () => {
    const ranges = [
      { start: BLOCK, end: BLOCK + MIB },
      { start: BLOCK + 2 * MIB, end: BLOCK + 3 * MIB },
    ]
    const machine = makeGuest({ devices: [{ ranges }] })
    const [device] = acpiState(machine).devices
    expect(device?.physicalNodes).toEqual([{ id: 0, block: 1, putOnline: false }])
    expect(driverOf(machine).devices(machine)[0]?.ranges).toHaveLength(2)
  })

  test('and that shares a block with another device is not attached, and leaves no group', () => {
    const machine = makeGuest({
      devices: [
        { ranges: [{ start: BLOCK, end: BLOCK + MIB }] },
        { ranges: [{ start: BLOCK + 2 * MIB, end: BLOCK + 3 * MIB }] },
      ],
    })
    expect(
      driverOf(machine)
        .devices(machine)
        .map(({ name }) => name),
    ).toEqual(['PNP0C80:00'])
    expect(machine.state.memory.groups.size).toBe(1)
    driverOf(machine, 'acpi').check?.(machine)
  })

  test('that claims addresses without memory blocks is attached and goes without a trace', () => {
    const iomem = [
      { start: 0, end: GIB - 1, name: 'System RAM' },
      { start: 40 * BLOCK, end: 41 * BLOCK - 1, name: 'System RAM' },
    ]
    const machine = makeGuest({ devices: [{ id: 'board', ranges: [blocks(40, 41)] }] }, { iomem })
    expect(driverOf(machine).devices(machine)).toHaveLength(1)
    unplug(machine, 'board')
    expect(takePlatformEvents(machine).at(-1)).toBe('OST - 3 0')
    expect(driverOf(machine).devices(machine)).toEqual([])
  })

  test('and that the handler refused can be taken away while hot-plug is disabled', () => {
    const devices = [{ id: 'board', ranges: [{ start: 4 * GIB, end: 4 * GIB + MIB }] }]
    const machine = makeGuest({ devices, hotplugEnabled: false })
    unplug(machine, 'board')
    expect(takePlatformEvents(machine).at(-1)).toBe('OST - 3 0')
  })

  test.each([
    ['is not enabled', { ranges: [blocks(32, 33)], ...present(0xd) }],
    ['has a _CRS that fails', { ranges: [blocks(32, 33)], faults: { crs: 'fails' } }],
    ['has a _STA that fails', { ranges: [blocks(32, 33)], faults: { sta: 'fails' } }],
    ['is empty', { ranges: [{ start: 0, end: 0 }], ...present() }],
    ['is of a node that cannot be', { ranges: [blocks(32, 33)], node: 9 }],
  ] as const)('is left alone when it %s', (_, device) => {
    const machine = makeGuest({ devices: [device] })
    expect(hotAddedStates(machine)).toEqual([])
    expect(driverOf(machine).devices(machine)).toEqual([])
    expect(machine.state.memory.groups.size).toBe(0)
  })

  test('is left alone with acpi_no_memhotplug, and has no hot-plug profile', () => {
    const devices = [{ id: 'board', ranges: [blocks(32, 33)] }]
    const machine = makeGuest({ devices }, { cmdline: 'quiet acpi_no_memhotplug' })
    expect(hotAddedStates(machine)).toEqual([])
    expect(machine.tree.list('/sys/firmware/acpi/hotplug')).toEqual(['force_remove'])
    expect(readDevice(machine, 'PNP0C80:00', 'status')).toBe('15\n')
    expect(announce(machine, 'deviceCheck')).toEqual(['OST board 1 0'])
  })
})

describe('memory that may hold its own memmap', () => {
  const cmdline = 'memory_hotplug.memmap_on_memory=1'

  test('holds it where a range is one block', () => {
    const machine = makeGuest({ devices: [{ ranges: [blocks(32, 33)], node: 0 }] }, { cmdline })
    expect(findBlock(machine, blockId(32))?.selfHostedPages).toBe(512)
  })

  test('spoils a larger range behind it, as the wish is never taken back', () => {
    const ranges = [blocks(32, 33), blocks(40, 42)]
    const machine = makeGuest({ devices: [{ ranges, node: 0 }] }, { cmdline })
    expect(
      driverOf(machine)
        .devices(machine)[0]
        ?.ranges.map(({ enabled }) => enabled),
    ).toEqual([true, false])
  })
})

describe('a captured device', () => {
  const facts = (id: number, state: 'online' | 'offline', zone: string | null = null) => ({
    id,
    state,
    zone,
    nodes: [0],
    early: false,
  })
  const late = {
    blocks: [facts(32, 'online', 'Normal'), facts(33, 'online', 'Movable'), facts(34, 'offline')],
    iomem: [
      { start: 0, end: GIB - 1, name: 'System RAM' },
      { start: 32 * BLOCK, end: 35 * BLOCK - 1, name: 'System RAM' },
    ],
  }
  const device = { name: 'PNP0C80:01', bound: [32, 33, 34] }

  test('is bound to the blocks that boot made, in a group, without a word', () => {
    const machine = makeGuest({ slots: 3, devices: [device] }, late)
    expect([takeUevents(machine), takePlatformEvents(machine)]).toEqual([[], []])
    expect(driverOf(machine).devices(machine)).toEqual([
      {
        name: 'PNP0C80:01',
        driver: 'acpi',
        nodeId: 0,
        ranges: [{ ...blocks(32, 35), enabled: true }],
        groupId: 0,
      },
    ])
    expect(machine.state.memory.groups.get(0)).toMatchObject({
      pages: 3 * 32768,
      presentKernelPages: 32768,
      presentMovablePages: 32768,
    })
    expect(machine.tree.readlink('/sys/bus/acpi/devices/PNP0C80:01/physical_node1')).toBe(
      '../../../../system/memory/memory33',
    )
    driverOf(machine, 'acpi').check?.(machine)
  })

  test('can be ejected like one that was plugged', () => {
    const machine = makeGuest({ slots: 3, devices: [device] }, late)
    unplug(machine, 'PNP0C80:01')
    expect(takeUevents(machine)).toEqual([
      ...['offline 32', 'offline 33'],
      ...['remove 32', 'remove 33', 'remove 34'],
    ])
    expect(platformOf(machine).plugged(machine)).toEqual([])
    expect(machine.state.memory.groups.size).toBe(0)
  })

  test('without a _PXM is of the node that its blocks record', () => {
    const blocksOfNode1 = late.blocks.map((block) => ({ ...block, nodes: [1] }))
    const machine = makeGuest({ devices: [device] }, { ...late, blocks: blocksOfNode1 })
    expect(driverOf(machine).devices(machine)[0]?.nodeId).toBe(1)
    expect(platformOf(machine).plugged(machine)).toMatchObject([{ node: 1 }])
  })

  test('keeps the numbers of its links', () => {
    const bound = [34, 32, 33]
    const machine = makeGuest({ devices: [{ ...device, bound }] }, late)
    expect(machine.tree.readlink('/sys/bus/acpi/devices/PNP0C80:01/physical_node')).toMatch(/34$/)
    expect(platformOf(machine).plugged(machine)).toMatchObject([{ address: 4 * GIB }])
    expect(driverOf(machine).devices(machine)[0]?.ranges).toHaveLength(1)
  })

  test('of boot memory leaves its blocks out of the group', () => {
    const machine = makeGuest({ devices: [{ bound: [2, 3] }] })
    const group = machine.state.memory.groups.get(0)
    expect(group).toMatchObject({ pages: 2 * 32768, presentKernelPages: 0 })
    expect([...(group?.blocks ?? [])]).toEqual([])
  })

  test('that was bound to nothing is not attached', () => {
    const machine = makeGuest({ devices: [{ name: 'PNP0C80:00', status: 15, bound: [] }] })
    expect(driverOf(machine).devices(machine)).toEqual([])
    expect(readDevice(machine, 'PNP0C80:00', 'status')).toBe('15\n')
    expect(() => plug(machine, 'a')).toThrow(expect.objectContaining({ code: 'NO_FREE_SLOT' }))
  })

  test.each([
    ['drivers.acpi.devices[0].bound', [{ bound: [99] }]],
    ['drivers.acpi.devices[1].bound', [{ bound: [3] }, { bound: [3] }]],
  ])('is refused at %s when the blocks do not do', (place, devices) => {
    const act = () => makeGuest({ devices })
    expect(act).toThrow(
      expect.objectContaining({
        code: 'BAD_DESCRIPTION',
        detail: expect.objectContaining({ place }),
      }),
    )
  })
})

describe('a check by firmware', () => {
  const absent = { devices: [{ ...present(0), id: 'board', ranges: [blocks(32, 33)], node: 0 }] }

  test('of a device that never came is answered by its kind', () => {
    const machine = makeGuest(absent)
    expect(announce(machine, 'deviceCheck')).toEqual(['OST board 1 1'])
    expect(announce(machine, 'busCheck')).toEqual(['OST board 0 0'])
    const line = 'acpi PNP0C80:00: Still not present'
    expect(takeLog(machine)).toEqual([line, line])
  })

  test.each(['busCheck', 'deviceCheck'] as const)('(%s) finds a device that came', (event) => {
    const machine = makeGuest(absent)
    setFirmware(machine, { device: 'PNP0C80:00', status: 15 })
    expect(announce(machine, event)).toEqual([`OST board ${event === 'busCheck' ? 0 : 1} 0`])
    expect(hotAddedStates(machine)).toEqual(offline(32))
    const found = structuredClone(acpiState(machine))
    expect(announce(machine, event)).toHaveLength(1)
    expect(acpiState(machine)).toEqual(found)
  })

  test('of a device that is gone takes its memory out', () => {
    const machine = makeGuest({ slots: 1 })
    plug(machine, 'a')
    takePlatformEvents(machine)
    setFirmware(machine, { device: 'PNP0C80:00', status: 0 })
    expect(announce(machine, 'deviceCheck')).toEqual(['OST a 1 0'])
    expect(hotAddedStates(machine)).toEqual([])
  })

  test('of a device that is gone while its memory is online ends where the kernel would', () => {
    const machine = makeGuest({ slots: 1 }, { cmdline: 'memhp_default_state=online' })
    plug(machine, 'a')
    takePlatformEvents(machine)
    takeLog(machine)
    setFirmware(machine, { device: 'PNP0C80:00', status: 0 })
    expect(announce(machine, 'deviceCheck')).toEqual([])
    expect(takeLog(machine).at(-1)).toMatch(/^acpi PNP0C80:00: the kernel would stop here: /)
    expect(hotAddedStates(machine)).toHaveLength(4)
    driverOf(machine, 'acpi').check?.(machine)
  })
})
