import {
  blockId,
  driverOf,
  invariant,
  type Machine,
  onlineBlock,
  type PluggedDevice,
  platformOf,
  refusalOf,
  settle,
} from '@memhp/core'
import { blockIdsOfRange } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import * as fc from 'fast-check'
import { onlineType } from '../../generators/arbitraries'
import { type Contract, demandRefused, demandSame } from '../contract'
import { blocksOf, type DriverBench, findPlugged, lateBlocks, plug, unplug } from './driver-bench'

/** The life of a device: plugged, visible, online, unplugged. */
export const deviceContracts = (bench: DriverBench): readonly Contract[] => [
  {
    name: 'holds a device from the moment it is plugged, and the kernel has it when the machine settles',
    run: () => checkPlug(bench),
  },
  {
    name: 'keeps a device until the last of its blocks has gone, then says once that it went',
    run: () => checkUnplug(bench),
  },
  {
    name: 'leaves nothing of a device that came, went online and went',
    run: () => checkLife(bench),
  },
  {
    name: 'makes no part of a block of a device whose size is not a multiple of one',
    run: () => checkOddSizes(bench),
  },
  {
    name: 'gives ids, slots and addresses away again',
    run: () => checkReuse(bench),
  },
  {
    name: 'tells of devices in the order of their ids, and of memory devices by different names',
    run: () => checkOrder(bench),
  },
]

function checkPlug(bench: DriverBench): void {
  const machine = bench.fresh()
  const sizeBytes = 3 * machine.geometry.blockBytes
  const device = platformOf(machine).plug(machine, { id: 'a', sizeBytes, node: 1 })
  demandSame('What plug gives is not what plugged() tells:', {
    before: device,
    after: findPlugged(machine, 'a'),
  })
  demandSame('It is not what was asked for:', {
    before: { id: 'a', sizeBytes, node: 1 },
    after: { id: device.id, sizeBytes: device.sizeBytes, node: device.node },
  })
  invariant(lateBlocks(machine).size === 0, 'Blocks are there before the machine has settled.')
  const { seqnum } = machine.state.journal
  settle(machine)
  demandDevices(machine, [device])
  demandUevents(machine, seqnum, {
    action: 'add',
    blocks: blocksOf(machine, device),
  })
  checkInvariants(machine)
}

/** Blocks and memory devices are exactly those of the devices, and the platform tells of these alone. */
export function demandDevices(machine: Machine, devices: readonly PluggedDevice[]): void {
  const place = ({ id, address, sizeBytes, node, slot }: PluggedDevice): unknown => ({
    id,
    address,
    sizeBytes,
    node,
    slot,
  })
  const sorted = devices.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  demandSame('plugged() is not what was plugged:', {
    before: sorted.map(place),
    after: platformOf(machine).plugged(machine).map(place),
  })
  const blocks = devices.flatMap((device) => blocksOf(machine, device))
  demandSame('The blocks are not those of the devices:', {
    before: blocks.toSorted((a, b) => a - b),
    after: [...lateBlocks(machine).keys()],
  })
  const known = driverOf(machine)
    .devices(machine)
    .flatMap(({ ranges, nodeId }) =>
      ranges
        .filter(({ enabled }) => enabled)
        .flatMap((range) => blockIdsOfRange(machine, range))
        .map((block) => ({ block, node: Number(nodeId) })),
    )
  demandSame('The memory devices are not those that were plugged:', {
    before: devices
      .flatMap((device) => blocksOf(machine, device).map((block) => ({ block, node: device.node })))
      .toSorted((a, b) => a.block - b.block),
    after: known.toSorted((a, b) => a.block - b.block),
  })
}

/** The uevents of blocks since a moment are one for each block, ascending. */
function demandUevents(
  machine: Machine,
  since: number,
  wanted: { readonly action: 'add' | 'remove'; readonly blocks: readonly number[] },
): void {
  const found = machine.state.journal.uevents
    .filter(
      ({ seqnum, action, devpath }) =>
        seqnum > since && action === wanted.action && /\/memory\d+$/.test(devpath),
    )
    .map(({ devpath }) => Number(/\d+$/.exec(devpath)?.[0]))
  demandSame(`The uevents "${wanted.action}" of blocks are others, or come in another order:`, {
    before: wanted.blocks,
    after: found,
  })
}

function checkUnplug(bench: DriverBench): void {
  const machine = bench.fresh()
  const device = plug(machine, { id: 'a', sizeBytes: 3 * machine.geometry.blockBytes, node: 1 })
  platformOf(machine).requestUnplug(machine, 'a')
  demandDevices(machine, [device])
  const { seqnum, platform } = machine.state.journal
  const told = platform.length
  const early: string[] = []
  let isBack = false
  const unsubscribe = machine.observe((event) => {
    if (event.kind === 'platform' && event.event.event === 'DEVICE_DELETED') isBack = true
    if (event.kind !== 'uevent' || event.uevent.action !== 'remove') return
    if (isBack) early.push(event.uevent.devpath)
  })
  settle(machine)
  unsubscribe()
  invariant(early.length === 0, `The platform had the device back before ${early[0]} went.`)
  demandDevices(machine, [])
  demandUevents(machine, seqnum, { action: 'remove', blocks: blocksOf(machine, device) })
  const gone = platform.slice(told).filter(({ event }) => event === 'DEVICE_DELETED')
  demandSame('DEVICE_DELETED must be told once, of the device:', {
    before: ['a'],
    after: gone.map(({ data }) => data.device),
  })
  checkInvariants(machine)
}

function checkLife(bench: DriverBench): void {
  const drawn = fc.record({
    blocks: fc.integer({ min: 1, max: 8 }),
    node: fc.constantFrom(0, 1),
    types: fc.array(onlineType(), { minLength: 8, maxLength: 8 }),
  })
  fc.assert(
    fc.property(drawn, ({ blocks, node, types }) => {
      const machine = bench.fresh()
      const before = bench.picture(machine)
      const sizeBytes = blocks * machine.geometry.blockBytes
      const device = plug(machine, { id: 'a', sizeBytes, node })
      demandDevices(machine, [device])
      blocksOf(machine, device).forEach((block, i) => {
        const type = types[i] ?? 'offline'
        if (type === 'offline') return
        const result = refusalOf(() => onlineBlock(machine, blockId(block), type))
        invariant(result === undefined, `memory${block} does not go ${type}: ${result?.message}`)
        settle(machine)
        demandDevices(machine, [device])
        checkInvariants(machine)
      })
      unplug(machine, 'a')
      demandDevices(machine, [])
      checkInvariants(machine)
      demandSame('The device left something:', { before, after: bench.picture(machine) })
    }),
    bench.draws(),
  )
}

/** Sizes beside a multiple of a block. Bytes. */
const oddSizes = (machine: Machine): readonly number[] => {
  const { blockBytes, pageBytes, sectionBytes } = machine.geometry
  const aside = [pageBytes, 2 ** 21, ...(sectionBytes < blockBytes ? [sectionBytes] : [])]
  return aside.flatMap((bytes) => [bytes, blockBytes - bytes, blockBytes + bytes])
}

function checkOddSizes(bench: DriverBench): void {
  for (const sizeBytes of oddSizes(bench.fresh())) {
    const machine = bench.fresh()
    if (sizeBytes <= 0 || sizeBytes % machine.geometry.blockBytes === 0) continue
    const before = bench.picture(machine)
    const refusal = refusalOf(() => plug(machine, { id: 'a', sizeBytes, node: 1 }))
    if (refusal === undefined) {
      const late = [...lateBlocks(machine).keys()]
      invariant(late.length === 0, `A device of ${sizeBytes} bytes made memory${late[0]}.`)
      const held = findPlugged(machine, 'a')?.sizeBytes
      invariant(held === sizeBytes, `The device of ${sizeBytes} bytes is told to have ${held}.`)
      checkInvariants(machine)
      unplug(machine, 'a')
      invariant(findPlugged(machine, 'a') === undefined, 'The device does not go.')
    } else {
      const isRight = refusal.code === 'BAD_ARGUMENT' && refusal.errno === 'EINVAL'
      invariant(isRight, `${sizeBytes} bytes: refused with ${refusal.code} (${refusal.errno}).`)
    }
    checkInvariants(machine)
    demandSame(`A device of ${sizeBytes} bytes left something:`, {
      before,
      after: bench.picture(machine),
    })
  }
}

function checkReuse(bench: DriverBench): void {
  const machine = bench.fresh()
  const { blockBytes } = machine.geometry
  const first = plug(machine, { id: 'a', sizeBytes: 2 * blockBytes, node: 1 })
  const second = plug(machine, { id: 'b', sizeBytes: blockBytes, node: 1 })
  demandDevices(machine, [first, second])
  unplug(machine, 'a')
  demandDevices(machine, [second])
  const again = plug(machine, { id: 'a', sizeBytes: 2 * blockBytes, node: 0 })
  demandSame('The same device comes back elsewhere:', {
    before: { address: first.address, slot: first.slot, name: first.name },
    after: { address: again.address, slot: again.slot, name: again.name },
  })
  demandDevices(machine, [again, second])
  unplug(machine, 'a')
  const request = { id: 'c', sizeBytes: blockBytes, node: 1 }
  const beside = { address: first.address + blockBytes, slot: first.slot }
  const isOfSlot = bench.options.addresses === 'of-slots'
  if (isOfSlot) {
    const act = (): unknown => plug(machine, { ...request, ...beside })
    const refusal = { codes: ['NO_ADDRESS_SPACE'], errno: 'ENOSPC' } as const
    demandRefused('An address that is not that of the slot', act, refusal)
  }
  const asked = isOfSlot ? { ...beside, address: first.address } : beside
  const placed = plug(machine, { ...request, ...asked })
  demandSame('A device is not where it was asked for:', {
    before: asked,
    after: { address: placed.address, slot: placed.slot },
  })
  demandDevices(machine, [placed, second])
  checkInvariants(machine)
}

function checkOrder(bench: DriverBench): void {
  const machine = bench.fresh()
  const sizeBytes = machine.geometry.blockBytes
  const devices = ['b', 'a'].map((id) => plug(machine, { id, sizeBytes, node: 1 }))
  demandDevices(machine, devices)
  const names = driverOf(machine)
    .devices(machine)
    .map(({ name }) => name)
  invariant(new Set(names).size === names.length, `Two memory devices are called ${names.join()}.`)
}
