import {
  blockId,
  type Errno,
  type ErrorCode,
  invariant,
  type Machine,
  onlineBlock,
  type PlugRequest,
  placeUnmovablePage,
  platformOf,
  refusalOf,
  removeUnmovablePage,
  settle,
} from '@memhp/core'
import { blockRange } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { standFault } from '@memhp/trace'
import { type Contract, demandRefused, demandSame } from '../contract'
import { demandDevices } from './device'
import { blocksOf, type DriverBench, findPlugged, lateBlocks, plug, unplug } from './driver-bench'

/** What is refused leaves all as it was. */
export const refusalContracts = (bench: DriverBench): readonly Contract[] => [
  {
    name: 'refuses what cannot be plugged, with code and errno, and changes nothing',
    run: () => checkRequests(bench),
  },
  {
    name: 'refuses a device when all slots are taken, and takes one as soon as a slot is free',
    run: () => checkSlots(bench),
  },
  {
    name: 'keeps a device whose memory cannot be taken offline, and gives it when it can',
    run: () => checkBusy(bench),
  },
  {
    name: 'has all of a device or none when a step of plugging fails, and can unplug it',
    run: () => checkPlugFaults(bench),
  },
  {
    name: 'has all of a device when a step of unplugging fails, and gives it when asked again',
    run: () => checkUnplugFaults(bench),
  },
]

interface Wrong {
  readonly what: string
  readonly request: Partial<PlugRequest>
  readonly codes: readonly ErrorCode[]
  readonly errno: Errno
}

const wrongSize = (sizeBytes: number): Wrong => ({
  what: `A device of ${sizeBytes} bytes`,
  request: { sizeBytes },
  codes: ['BAD_ARGUMENT'],
  errno: 'EINVAL',
})

function checkRequests(bench: DriverBench): void {
  const machine = bench.fresh()
  const { blockBytes } = machine.geometry
  const held = plug(machine, { id: 'held', sizeBytes: 2 * blockBytes, node: 1 })
  const outOf: Pick<Wrong, 'codes' | 'errno'> = { codes: ['NO_ADDRESS_SPACE'], errno: 'ENOSPC' }
  const wrong: readonly Wrong[] = [
    ...[0, -blockBytes, 1, blockBytes + 0.5, Number.NaN].map(wrongSize),
    {
      what: 'An id that is taken',
      request: { id: 'held' },
      codes: ['DEVICE_EXISTS'],
      errno: 'EEXIST',
    },
    {
      what: 'A node that does not exist',
      request: { node: 7 },
      codes: ['NO_SUCH_NODE'],
      errno: 'EINVAL',
    },
    {
      what: 'A slot that is taken',
      request: { slot: held.slot },
      codes: ['NO_FREE_SLOT'],
      errno: 'ENOSPC',
    },
    {
      what: 'A slot that does not exist',
      request: { slot: bench.options.slots },
      codes: ['NO_FREE_SLOT'],
      errno: 'ENOSPC',
    },
    { what: 'An address that is taken', request: { address: held.address }, ...outOf },
    { what: 'The address of boot memory', request: { address: 0 }, ...outOf },
    {
      what: 'More memory than there are addresses',
      request: { sizeBytes: 2 ** machine.arch.geometry.maxPhysMemBits },
      ...outOf,
    },
  ]
  const before = bench.picture(machine)
  for (const { what, request, ...refusal } of wrong) {
    const act = (): unknown =>
      platformOf(machine).plug(machine, { id: 'new', sizeBytes: blockBytes, node: 1, ...request })
    demandRefused(what, act, refusal)
    demandUnchanged(bench, machine, { what, before })
  }
  const act = (): unknown => platformOf(machine).requestUnplug(machine, 'unknown')
  const what = 'Unplugging what is not there'
  demandRefused(what, act, { codes: ['NO_SUCH_DEVICE'], errno: 'ENODEV' })
  demandUnchanged(bench, machine, { what, before })
}

function demandUnchanged(
  bench: DriverBench,
  machine: Machine,
  { what, before }: { readonly what: string; readonly before: unknown },
): void {
  const { work } = machine.state.journal
  invariant(work.length === 0, `${what} was refused, and ${work[0]?.name} is to be done for it.`)
  demandSame(`${what} was refused, and something changed:`, {
    before,
    after: bench.picture(machine),
  })
}

function checkSlots(bench: DriverBench): void {
  const machine = bench.fresh()
  const sizeBytes = machine.geometry.blockBytes
  const devices = Array.from({ length: bench.options.slots }, (_, i) =>
    plug(machine, { id: `d${i}`, sizeBytes, node: i % 2 }),
  )
  demandDevices(machine, devices)
  const slots = new Set(devices.map(({ slot }) => slot))
  invariant(slots.size === devices.length, 'Two devices have one slot.')
  const another = (): unknown => plug(machine, { id: 'more', sizeBytes, node: 1 })
  demandRefused('One device too many', another, { codes: ['NO_FREE_SLOT'], errno: 'ENOSPC' })
  demandDevices(machine, devices)
  unplug(machine, 'd1')
  another()
  const rest = devices.filter(({ id }) => id !== 'd1')
  const more = findPlugged(machine, 'more')
  invariant(more !== undefined, 'The device that came last is not told of.')
  demandDevices(machine, [...rest, more])
  checkInvariants(machine)
}

/** A device of three blocks, online where the arch lets them. */
function plugOnline(machine: Machine): readonly number[] {
  const device = plug(machine, { id: 'a', sizeBytes: 3 * machine.geometry.blockBytes, node: 1 })
  const blocks = blocksOf(machine, device)
  for (const block of blocks) {
    if (lateBlocks(machine).get(block) === 'offline')
      onlineBlock(machine, blockId(block), 'online_kernel')
  }
  settle(machine)
  return blocks
}

function checkBusy(bench: DriverBench): void {
  const empty = bench.picture(bench.fresh())
  for (const place of [0, 1, 2]) {
    const machine = bench.fresh()
    const blocks = plugOnline(machine)
    const before = { states: [...lateBlocks(machine)], device: findPlugged(machine, 'a') }
    const block = blocks[place] ?? 0
    const page = placeUnmovablePage(machine, { range: blockRange(machine, blockId(block)) })
    invariant(page !== null, `memory${block} is online and has a free page.`)
    unplug(machine, 'a')
    demandSame(`memory${block} cannot go offline, and the device is not as it was:`, {
      before,
      after: { states: [...lateBlocks(machine)], device: findPlugged(machine, 'a') },
    })
    checkInvariants(machine)
    removeUnmovablePage(machine, page)
    takeOut(bench, machine)
    demandDevices(machine, [])
    checkInvariants(machine)
    demandSame('A device that went at the second time left something:', {
      before: empty,
      after: bench.picture(machine),
    })
  }
}

/** Takes a device out that stayed. */
function takeOut(bench: DriverBench, machine: Machine): void {
  const device = findPlugged(machine, 'a')
  invariant(device, 'The device stayed.')
  if (bench.options.takeOut === undefined) unplug(machine, 'a')
  else bench.options.takeOut(machine, device)
  settle(machine)
}

/** Makes the n-th step of deferred work fail. @returns whether it has n steps */
function settleWithFault(machine: Machine, index: number): boolean {
  const fault = standFault(machine, { index, errno: 'ENOMEM' })
  const escaped = refusalOf(() => settle(machine))
  fault.end()
  invariant(
    escaped === undefined,
    `The refusal of deferred work was not handled: ${escaped?.message}`,
  )
  return fault.hasFailed
}

function checkPlugFaults(bench: DriverBench): void {
  const before = bench.picture(bench.fresh())
  for (let index = 0; ; index++) {
    const machine = bench.fresh()
    const sizeBytes = 2 * machine.geometry.blockBytes
    const device = platformOf(machine).plug(machine, { id: 'a', sizeBytes, node: 1 })
    const hasFailed = settleWithFault(machine, index)
    const place = `step ${index} of plugging failed`
    const late = [...lateBlocks(machine).keys()]
    const isWhole = late.length === 0 || late.join() === blocksOf(machine, device).join()
    invariant(isWhole, `${place}: only memory${late.join(' and memory')} came.`)
    const isHeld = findPlugged(machine, 'a')?.address === device.address
    invariant(isHeld, `${place}: plugged() does not tell of the device.`)
    checkInvariants(machine)
    unplug(machine, 'a')
    checkInvariants(machine)
    if (late.length === 0 && bench.options.untakenDevice === 'stays') {
      const stays = findPlugged(machine, 'a') !== undefined && lateBlocks(machine).size === 0
      invariant(stays, `${place}: the device went, which it is said not to.`)
      continue
    }
    demandDevices(machine, [])
    demandSame(`${place}: something is left:`, { before, after: bench.picture(machine) })
    if (!hasFailed) return
  }
}

function checkUnplugFaults(bench: DriverBench): void {
  const before = bench.picture(bench.fresh())
  for (let index = 0; ; index++) {
    const machine = bench.fresh()
    const blocks = plugOnline(machine)
    platformOf(machine).requestUnplug(machine, 'a')
    const hasFailed = settleWithFault(machine, index)
    const place = `step ${index} of unplugging failed`
    checkInvariants(machine)
    if (findPlugged(machine, 'a') !== undefined) {
      invariant(hasFailed, 'Nothing failed, and the device stayed.')
      const late = [...lateBlocks(machine).keys()]
      demandSame(`${place}: not all of the device is there:`, { before: blocks, after: late })
      takeOut(bench, machine)
    }
    demandDevices(machine, [])
    checkInvariants(machine)
    demandSame(`${place}: something is left:`, { before, after: bench.picture(machine) })
    if (!hasFailed) return
  }
}
