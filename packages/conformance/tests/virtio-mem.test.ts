// virtio-mem: what recordings do not show, or show only beside much else.
import { x86_64 } from '@memhp/arch-x86'
import {
  allocateTracked,
  blockId,
  createMachine,
  expireTimers,
  fingerprint,
  GENERATIONS,
  GIB,
  type Machine,
  MachineClock,
  type MachineDescription,
  MIB,
  nodeId,
  offlineBlock,
  onlineBlock,
  placeUnmovablePage,
  platformOf,
  refusalOf,
  releaseAllocation,
  resizableDevices,
  resizableOf,
  SUBSYSTEMS,
  settle,
} from '@memhp/core'
import { blockIds, blockRange, findBlock } from '@memhp/core/inspect'
import { acpiDriver } from '@memhp/driver-acpi'
import { type VirtioMemConfig, virtioMemDriver } from '@memhp/driver-virtio-mem'
import { checkInvariants } from '@memhp/invariants'
import { describe, expect, test } from 'vitest'
import { eventsOf } from './machines'

interface Guest {
  readonly device?: Partial<NonNullable<VirtioMemConfig['devices']>[number]>
  readonly autoOnline?: string
  readonly description?: Partial<MachineDescription>
  readonly ports?: VirtioMemConfig['ports']
}

function guest({ device = {}, autoOnline = 'online_movable', description, ports }: Guest): Machine {
  const virtio = { devices: [{ id: 'vm0', maxBytes: 2 * GIB, ...device }] }
  return createMachine(
    {
      arch: 'x86_64',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: GIB, node: 0 }],
      autoOnlineBlocks: autoOnline,
      drivers: { acpi: {}, 'virtio-mem': ports === undefined ? virtio : { ...virtio, ports } },
      ...description,
    },
    {
      archs: [x86_64],
      drivers: [acpiDriver, virtioMemDriver],
      kernels: GENERATIONS,
      subsystems: SUBSYSTEMS,
    },
  )
}

function resize(machine: Machine, mib: number, id = 'vm0'): void {
  resizableOf(machine).resize(machine, { id, bytes: mib * MIB })
  settle(machine)
  checkInvariants(machine)
  for (const driver of machine.drivers) driver.check?.(machine)
}

const mibOf = (machine: Machine): number => (resizableDevices(machine)[0]?.sizeBytes ?? 0) / MIB

/** The blocks of the device: plugged MiB of online ones, `offline` of others. */
const blocksOf = (machine: Machine): Readonly<Record<number, number | 'offline'>> =>
  Object.fromEntries(
    [...blockIds(machine)].flatMap((id) => {
      const block = findBlock(machine, id)
      if (block === undefined || block.early) return []
      const mib = 128 - (block.withheldPages * 4096) / MIB
      return [[id, block.state === 'online' ? mib : ('offline' as const)]]
    }),
  )

describe('the node of a device', () => {
  /** Three nodes of the hypervisor, of which firmware does not name the one in the midst. */
  const onNode = (node: number): Machine =>
    guest({
      description: {
        nodes: [
          { id: 0, cpus: [0] },
          { id: 1, cpus: [] },
        ],
        drivers: {
          acpi: {},
          'virtio-mem': {
            devices: [{ id: 'vm0', maxBytes: 2 * GIB, node }],
            domains: { count: 3, named: [0, 2] },
          },
        },
      },
    })

  test.each([
    [0, 0],
    [2, 1],
    // As likely as any, where nothing tells.
    [1, 0],
  ])('that the hypervisor calls %i is %i to the kernel', (asked, node) => {
    const machine = onNode(asked)
    resize(machine, 128)
    expect(findBlock(machine, blockId(32))?.nodeId).toBe(node)
    expect(resizableDevices(machine)[0]?.node).toBe(asked)
  })

  test('is one that the hypervisor has', () => {
    const platform = resizableOf(onNode(0))
    const plugged = { id: 'vm1', maxBytes: GIB, node: 2 }
    expect(refusalOf(() => platform.plug(onNode(0), { ...plugged, node: 3 }))?.code).toBe(
      'NO_SUCH_NODE',
    )
    expect(refusalOf(() => platform.plug(onNode(0), plugged))).toBeUndefined()
  })
})

describe('sub-blocks', () => {
  test('are plugged from the lowest block up, the last in part, and each block is online before the next is added', () => {
    const machine = guest({})
    const events = eventsOf(machine, () => resize(machine, 300))
    expect(events).toEqual(['add 32', 'online 32', 'add 33', 'online 33', 'add 34', 'online 34'])
    expect(blocksOf(machine)).toEqual({ 32: 128, 33: 128, 34: 44 })
  })

  test('fill what is plugged in part without an event', () => {
    const machine = guest({})
    resize(machine, 300)
    expect(eventsOf(machine, () => resize(machine, 350))).toEqual([])
    expect(blocksOf(machine)).toEqual({ 32: 128, 33: 128, 34: 94 })
  })

  test('leave blocks that are offline first, from their ends too, then the highest', () => {
    const machine = guest({})
    resize(machine, 512)
    offlineBlock(machine, blockId(33))
    expect(eventsOf(machine, () => resize(machine, 448))).toEqual([])
    expect(blocksOf(machine)).toEqual({ 32: 128, 33: 'offline', 34: 128, 35: 128 })
    expect(eventsOf(machine, () => resize(machine, 320))).toEqual(['remove 33'])
    expect(blocksOf(machine)).toEqual({ 32: 128, 34: 128, 35: 64 })
    expect(eventsOf(machine, () => resize(machine, 200))).toEqual(['offline 35', 'remove 35'])
    expect(blocksOf(machine)).toEqual({ 32: 128, 34: 72 })
  })

  test('of movable zones go before those of kernel zones, and are filled after them', () => {
    const machine = guest({ autoOnline: 'offline' })
    resize(machine, 256)
    onlineBlock(machine, blockId(32), 'online_movable')
    onlineBlock(machine, blockId(33), 'online_kernel')
    resize(machine, 228)
    expect(blocksOf(machine)).toEqual({ 32: 100, 33: 128 })
    resize(machine, 100)
    expect(blocksOf(machine)).toEqual({ 33: 100 })
    resize(machine, 130)
    expect(blocksOf(machine)).toEqual({ 33: 128, 32: 'offline' })
  })

  test('are as large as a device block that is larger than a pageblock; less than one is left out', () => {
    const machine = guest({ device: { blockBytes: 64 * MIB } })
    resize(machine, 192)
    expect(blocksOf(machine)).toEqual({ 32: 128, 33: 64 })
    const small = guest({ device: { blockBytes: MIB } })
    resize(small, 131)
    expect(mibOf(small)).toBe(130)
  })

  test('of a block that the user brings online again are withheld as before', () => {
    const machine = guest({})
    resize(machine, 100)
    offlineBlock(machine, blockId(32))
    onlineBlock(machine, blockId(32), 'online_movable')
    expect(blocksOf(machine)).toEqual({ 32: 100 })
    checkInvariants(machine)
  })

  test('that come and go leave nothing behind', () => {
    const machine = guest({})
    const before = fingerprint(machine)
    resize(machine, 700)
    resize(machine, 0)
    expect(fingerprint(machine)).toBe(before)
    expect(machine.tree.read('/proc/iomem')).toContain('100000000-17fffffff : virtio0\n')
  })
})

describe('big blocks', () => {
  const device = { blockBytes: 256 * MIB }

  test('are added and removed as one', () => {
    const machine = guest({ device })
    const added = eventsOf(machine, () => resize(machine, 512))
    expect(added.slice(0, 4)).toEqual(['add 32', 'add 33', 'online 32', 'online 33'])
    const removed = eventsOf(machine, () => resize(machine, 256))
    expect(removed).toEqual(['offline 34', 'offline 35', 'remove 34', 'remove 35'])
  })

  test('go where the user has taken a part of them offline, and those that are offline first', () => {
    const machine = guest({ device })
    resize(machine, 768)
    for (const id of [32, 33, 36]) offlineBlock(machine, blockId(id))
    expect(eventsOf(machine, () => resize(machine, 512))).toEqual(['remove 32', 'remove 33'])
    const removed = eventsOf(machine, () => resize(machine, 256))
    expect(removed).toEqual(['offline 37', 'remove 36', 'remove 37'])
  })

  test('stay whole where something in them does not move', () => {
    const machine = guest({ device, autoOnline: 'online_kernel' })
    resize(machine, 256)
    placeUnmovablePage(machine, { range: blockRange(machine, blockId(33)) })
    expect(eventsOf(machine, () => resize(machine, 0))).toEqual([])
    expect(mibOf(machine)).toBe(256)
    expect(blocksOf(machine)).toEqual({ 32: 128, 33: 128 })
  })
})

describe('what waits offline', () => {
  test('is 1 GiB at most; more is added when half of that is online', () => {
    const machine = guest({ autoOnline: 'offline' })
    resize(machine, 1500)
    expect(mibOf(machine)).toBe(1024)
    for (const id of [32, 33, 34]) {
      onlineBlock(machine, blockId(id), 'online_movable')
      settle(machine)
      expect(mibOf(machine)).toBe(1024)
    }
    onlineBlock(machine, blockId(35), 'online_movable')
    settle(machine)
    expect(mibOf(machine)).toBe(1500)
  })
})

describe('what does not go', () => {
  test('stays, sub-block by sub-block; the rest of its block goes', () => {
    const machine = guest({ autoOnline: 'online_kernel' })
    resize(machine, 256)
    for (const id of [32, 33])
      placeUnmovablePage(machine, { range: blockRange(machine, blockId(id)) })
    resize(machine, 0)
    // The struct pages of block 33 are in block 32.
    expect(blocksOf(machine)).toEqual({ 32: 4, 33: 2 })
  })

  test('is tried again when the timer runs out, and not before', () => {
    const machine = guest({})
    const file = { name: 'file', kind: 'file', nodeId: nodeId(0) } as const
    resize(machine, 1024)
    const { id } = allocateTracked(machine, { ...file, pageCount: (1500 * MIB) / 4096 })
    resize(machine, 0)
    const stuck = mibOf(machine)
    expect(stuck).toBeGreaterThan(500)
    releaseAllocation(machine, id)
    settle(machine)
    expect(mibOf(machine)).toBe(stuck)
    expect(expireTimers(machine)).toBe(true)
    settle(machine)
    expect(mibOf(machine)).toBe(0)
    expect(expireTimers(machine)).toBe(false)
  })

  test('is tried again after 50 s, then after twice as long each time, 300 s at most', () => {
    const machine = guest({})
    const clock = new MachineClock(machine)
    const file = { name: 'file', kind: 'file', nodeId: nodeId(0) } as const
    resize(machine, 1024)
    const { id } = allocateTracked(machine, { ...file, pageCount: (1500 * MIB) / 4096 })
    resize(machine, 0)
    // 50, 100, 200, 300, 300 s.
    expect(
      [49_999, 1, 99_999, 1, 200_000, 300_000, 299_999, 1].map((ms) => clock.pass(ms)),
    ).toEqual([0, 1, 0, 1, 1, 1, 0, 1])
    const stuck = mibOf(machine)
    expect(stuck).toBeGreaterThan(500)
    releaseAllocation(machine, id)
    expect(clock.pass(300_000)).toBe(1)
    expect(mibOf(machine)).toBe(0)
    expect(clock.pass(3_600_000)).toBe(0)
    expect(clock.now).toBe(4_850_000)
    expect(() => clock.pass(-1)).toThrow('whole milliseconds')
  })

  test('and a new request begins with 50 s again', () => {
    const machine = guest({})
    const clock = new MachineClock(machine)
    const file = { name: 'file', kind: 'file', nodeId: nodeId(0) } as const
    resize(machine, 1024)
    allocateTracked(machine, { ...file, pageCount: (1500 * MIB) / 4096 })
    resize(machine, 0)
    expect(clock.pass(60_000)).toBe(1)
    resize(machine, 128)
    expect([clock.pass(49_999), clock.pass(1)]).toEqual([0, 1])
  })

  test('of online blocks is all, where the parameter says so', () => {
    const machine = guest({ description: { cmdline: 'virtio_mem.unplug_online=0' } })
    resize(machine, 256)
    offlineBlock(machine, blockId(32))
    resize(machine, 0)
    expect(blocksOf(machine)).toEqual({ 33: 128 })
    expect(expireTimers(machine)).toBe(false)
  })
})

describe('the platform', () => {
  const code = (wanted: string) => expect.objectContaining({ code: wanted })

  test('refuses sizes that a device cannot have, and changes nothing', () => {
    const machine = guest({ device: { requestedBytes: 128 * MIB } })
    const before = fingerprint(machine)
    const ask = (bytes: number) => () => resizableOf(machine).resize(machine, { id: 'vm0', bytes })
    expect(ask(MIB)).toThrow("'requested-size' has to be multiples of 'block-size' (0x200000)")
    expect(ask(4 * GIB)).toThrow("'requested-size' cannot exceed the memory backend size")
    expect(ask(-2 * MIB)).toThrow(code('BAD_ARGUMENT'))
    expect(() => resizableOf(machine).resize(machine, { id: 'x', bytes: 0 })).toThrow(
      code('NO_SUCH_DEVICE'),
    )
    expect(fingerprint(machine)).toBe(before)
  })

  test('lets a device go of which nothing is plugged or asked for, and no other', () => {
    const machine = guest({ ports: [{ name: 'rp0', wakeup: 'wakeup7' }, { name: 'rp1' }] })
    const platform = resizableOf(machine)
    const wanted = { id: 'vm1', maxBytes: GIB, node: 0, requestedBytes: 128 * MIB }
    expect(platform.plug(machine, { ...wanted, bus: 'rp0' })).toMatchObject({ address: 6 * GIB })
    settle(machine)
    expect(() => platform.requestUnplug(machine, 'vm0')).toThrow('does not support hotplugging')
    expect(() => platform.requestUnplug(machine, 'vm1')).toThrow('still plugged')
    resize(machine, 0, 'vm1')
    platform.requestUnplug(machine, 'vm1')
    settle(machine)
    expect(machine.tree.read('/proc/iomem')).not.toContain('virtio1')
    expect(machine.state.journal.uevents.at(-1)).toMatchObject({
      action: 'remove',
      subsystem: 'pci',
    })
    expect(() => platform.plug(machine, wanted)).toThrow(code('DEVICE_EXISTS'))
  })

  test('lets none go where the hypervisor keeps them', () => {
    const virtio = { devices: [], keepsDevices: true }
    const machine = guest({ description: { drivers: { acpi: {}, 'virtio-mem': virtio } } })
    const platform = resizableOf(machine)
    platform.plug(machine, { id: 'vm1', maxBytes: GIB, node: 0, requestedBytes: 0 })
    settle(machine)
    const before = fingerprint(machine)
    expect(() => platform.requestUnplug(machine, 'vm1')).toThrow('cannot be unplugged')
    expect(fingerprint(machine)).toBe(before)
  })

  test('gives names that no other device of the bus has', () => {
    const machine = createMachine(
      {
        arch: 'x86_64',
        nodes: [{ id: 0, cpus: [0] }],
        ram: [{ start: 0, end: GIB, node: 0 }],
        drivers: {
          'virtio-mem': {
            devices: [{ id: 'vm0', maxBytes: GIB, name: 'virtio1' }],
            otherDevices: 2,
          },
        },
      },
      { archs: [x86_64], drivers: [virtioMemDriver], subsystems: SUBSYSTEMS },
    )
    resizableOf(machine).plug(machine, { id: 'vm1', maxBytes: GIB, node: 0 })
    settle(machine)
    expect(resizableDevices(machine).map(({ name }) => name)).toEqual(['virtio1', 'virtio3'])
  })

  test('takes no more devices than it has ports where none is named', () => {
    const machine = guest({ ports: [{ name: 'rp0' }] })
    const platform = resizableOf(machine)
    const plug = (id: string, bus?: string) => () =>
      platform.plug(machine, { id, maxBytes: GIB, node: 0, ...(bus === undefined ? {} : { bus }) })
    expect(plug('a', 'rp9')).toThrow(code('BAD_ARGUMENT'))
    plug('b')()
    expect(plug('c')).toThrow(code('NO_FREE_SLOT'))
  })

  test('takes one into a port that is taken, of which the kernel never learns', () => {
    const machine = guest({ ports: [{ name: 'rp0' }, { name: 'rp1' }] })
    const platform = resizableOf(machine)
    const plug = (id: string, bus: string) => {
      platform.plug(machine, { id, maxBytes: GIB, node: 0, requestedBytes: 0, bus })
      settle(machine)
    }
    plug('seen', 'rp0')
    const { uevents } = machine.state.journal
    const told = uevents.length
    const iomem = machine.tree.read('/proc/iomem')
    plug('unseen', 'rp0')
    resize(machine, 256, 'unseen')
    expect(uevents.length).toBe(told)
    expect(machine.tree.read('/proc/iomem')).toBe(iomem)
    const unseen = { id: 'unseen', address: 7 * GIB, sizeBytes: 0, requestedBytes: 256 * MIB }
    expect(resizableDevices(machine).at(-1)).toMatchObject({ ...unseen, name: null })
    plug('next', 'rp1')
    expect(resizableDevices(machine).map(({ id, name }) => [id, name])).toEqual([
      ['vm0', 'virtio0'],
      ['seen', 'virtio1'],
      ['next', 'virtio2'],
      ['unseen', null],
    ])
    resize(machine, 0, 'unseen')
    platform.requestUnplug(machine, 'unseen')
    settle(machine)
    expect(resizableDevices(machine).map(({ id }) => id)).toContain('unseen')
  })

  test('places DIMMs and devices beside each other', () => {
    const machine = guest({})
    const dimm = { id: 'dimm0', sizeBytes: GIB, node: 0 }
    expect(platformOf(machine).plug(machine, dimm)).toMatchObject({ address: 6 * GIB })
    const device = { id: 'vm1', maxBytes: GIB, node: 0 }
    expect(resizableOf(machine).plug(machine, device)).toMatchObject({ address: 7 * GIB })
  })
})
