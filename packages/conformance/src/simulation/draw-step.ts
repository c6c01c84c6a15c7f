import {
  type BlockId,
  ERRNO,
  type Errno,
  GIB,
  KIB,
  type Machine,
  type MemoryBlock,
  MIB,
  pluggedDevices,
  rangesOverlap,
  resizableDevices,
} from '@memhp/core'
import { blockIds } from '@memhp/core/inspect'
import type { FirmwareDialect, Random } from '@memhp/core/plugin'
import { blockFile, MEMORY_DIRECTORY } from '@memhp/kernel-files'
import type { CallbackDeed, FaultDeed, MachineOperation } from '@memhp/trace'
import { drawRequest } from '../generators/draw-request'
import { viewOf } from '../generators/view-of'
import type { SimOperation, SimStep } from './operation'
import { allocationNames, obstacleName, obstructedBlocks, type World } from './world'

/** How likely each kind of operation is. A seed's own weights leave some kinds out (a swarm). */
export type Weights = Readonly<Record<Kind, number>>

const USUAL = {
  state: 30,
  online: 12,
  'bad-word': 5,
  plug: 10,
  unplug: 5,
  firmware: 7,
  settings: 6,
  inject: 4,
  fill: 6,
  drop: 4,
  pin: 2,
  unpin: 2,
  obstruct: 4,
  clear: 3,
  poison: 2,
  huge: 3,
  add: 3,
  remove: 4,
  'offline-and-remove': 2,
  snapshot: 1,
  restore: 1,
} as const

type Kind = keyof typeof USUAL

/** Kinds without which nothing would happen. */
const ALWAYS: readonly Kind[] = ['state', 'plug']

/** A seed's weights: every kind is as usual, more, or not at all. */
export function drawWeights(random: Random): Weights {
  const entries = Object.entries(USUAL).map(([kind, weight]) => {
    const isKept = ALWAYS.includes(kind as Kind) || random.percent(75)
    return [kind, isKept ? weight * random.pick([1, 1, 3]) : 0] as const
  })
  return Object.fromEntries(entries) as Weights
}

/** What the steps of one simulation are drawn by. */
export interface Habits {
  readonly weights: Weights
  /** Of the firmware that the machine has; null where it has none: memory is added and removed without it. */
  readonly dialect: FirmwareDialect | null
}

const ERRNOS: readonly Errno[] = ['ENOMEM', 'EBUSY', 'EINVAL', 'EPERM', 'EAGAIN']

/** Draws the next step. It may well be one that the kernel refuses. */
export function drawStep(random: Random, world: World, habits: Habits): SimStep {
  const { weights, dialect } = habits
  const operation = DRAW[random.weighted(weights)](random, world, dialect)
  if (random.percent(8)) return { operation, fault: drawFault(random) }
  return random.percent(5) ? { operation, callback: drawCallback(random, world) } : { operation }
}

/** A callback that throws, or asks for a block to be switched. */
const drawCallback = (random: Random, world: World): CallbackDeed => ({
  by: random.pick(['notifier', 'listener']),
  call: random.below(4),
  act: random.percent(50) ? 'throw' : drawSwitch(random, world),
})

const drawFault = (random: Random): FaultDeed => ({
  index: random.below(12),
  errno: random.pick(ERRNOS),
})

type Draw = (random: Random, world: World, dialect: FirmwareDialect | null) => SimOperation

const write = (path: string, value: string): SimOperation => ({ op: 'write', path, value })

const WORDS = ['online', 'offline', 'online_kernel', 'online_movable']

const DRAW: Readonly<Record<Kind, Draw>> = {
  state: drawSwitch,
  online: (random, { machine }) => {
    const text = random.pick(['0', '1', '0', '1', 'y', 'n', 'on', 'off', 'T', 'False'])
    return write(blockFile(drawBlock(random, machine), 'online'), newline(random, text))
  },
  'bad-word': drawBadWord,
  plug: drawPlug,
  unplug: (random, world) =>
    world.machine.drivers.length === 0
      ? drawRemoval(random, world, 'remove')
      : { op: 'unplug', id: drawDevice(random, world.machine) },
  firmware: drawFirmware,
  settings: drawSetting,
  inject: (random) => ({
    op: 'inject',
    event: random.pick(['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE']),
    errno: random.percent(50) ? 0 : -ERRNO[random.pick(ERRNOS)],
  }),
  fill: drawFill,
  drop: (random, world) => ({ op: 'drop', file: drawName(random, world) }),
  pin: (random, world) => drawPin(random, world, 'pin'),
  unpin: (random, world) => drawPin(random, world, 'unpin'),
  obstruct: (random, world) => {
    const block = drawBlock(random, world.machine)
    return { op: 'obstruct', name: obstacleName(world, block), block, pages: 1 }
  },
  clear: (random, world) => ({
    op: 'clear',
    block: random.pick([...obstructedBlocks(world), drawBlock(random, world.machine)]),
  }),
  poison: drawPoison,
  huge: drawHuge,
  add: drawAdding,
  remove: (random, world) => drawRemoval(random, world, 'remove'),
  'offline-and-remove': (random, world) => drawRemoval(random, world, 'offline-and-remove'),
  snapshot: () => ({ op: 'snapshot', name: REMEMBERED }),
  restore: () => ({ op: 'restore', name: REMEMBERED }),
}

function drawSwitch(random: Random, { machine }: World): MachineOperation {
  const value = newline(random, random.pick(WORDS))
  return { op: 'write', path: blockFile(drawBlock(random, machine), 'state'), value }
}

/** The one snapshot of a simulation. */
const REMEMBERED = 'remembered'

const NOTHING: SimOperation = { op: 'drop', file: 'no such name' }

const newline = (random: Random, text: string): string => (random.percent(50) ? `${text}\n` : text)

/** Blocks that an untouched boot block would not be among, ascending. */
function blocksThat(machine: Machine, is: (block: Readonly<MemoryBlock>) => boolean): BlockId[] {
  const ids: BlockId[] = []
  for (const block of machine.state.memory.blocks.separated.values())
    if (is(block)) ids.push(block.id)
  return ids.sort((a, b) => a - b)
}

/** Hot-added blocks mostly, boot blocks now and then, and sometimes one that is not there. */
function drawBlock(random: Random, machine: Machine): BlockId {
  const late = blocksThat(machine, ({ early }) => !early)
  if (late.length > 0 && random.percent(75)) return random.pick(late)
  const all = blockIds(machine)
  return random.percent(96) ? random.pick(all) : ((random.pick(all) + 1) as BlockId)
}

const drawNode = (random: Random, machine: Machine): number =>
  random.percent(97) ? random.pick([...machine.state.memory.nodes.keys()]) : 7

const drawDevice = (random: Random, machine: Machine): string =>
  random.pick([
    ...[...pluggedDevices(machine), ...resizableDevices(machine)].map(({ id }) => id),
    'absent',
  ])

/** Of what devices of changing size may have, only their driver adds. */
function drawAdding(random: Random, { machine }: World): SimOperation {
  const range = drawRange(random, machine)
  const node = drawNode(random, machine)
  const taken = resizableDevices(machine).some(({ address, maxBytes }) =>
    rangesOverlap({ start: address, end: address + maxBytes }, range),
  )
  return taken ? NOTHING : { op: 'add', ...range, node }
}

function drawPlug(random: Random, world: World): SimOperation {
  const { machine } = world
  if (machine.drivers.length === 0) return drawAdding(random, world)
  if (machine.drivers.every(({ platform }) => platform === null) && hasResizable(machine))
    return drawPlugResizable(random, machine)
  const { blockBytes } = machine.geometry
  const odd = random.percent(10)
  const sizeBytes = odd
    ? random.pick([2, 100, 130]) * MIB
    : blockBytes * random.pick([1, 1, 2, 2, 3, 4, 8])
  const used = pluggedDevices(machine).map(({ id }) => id)
  const free = ['d0', 'd1', 'd2', 'd3', 'd4', 'd5'].filter((id) => !used.includes(id))
  const id = random.pick(free.length > 0 && random.percent(95) ? free : ['d0'])
  return {
    op: 'plug',
    id,
    mib: Math.min(sizeBytes, 2 * GIB) / MIB,
    node: drawNode(random, machine),
  }
}

const hasResizable = ({ drivers }: Machine): boolean =>
  drivers.some(({ resizable }) => resizable !== undefined)

/** A second device, of another size and device block, which may have the id of the first. */
function drawPlugResizable(random: Random, machine: Machine): SimOperation {
  const max = random.pick([128, 300, 512, 1024])
  const requested = random.percent(50) ? 0 : random.pick([2, 64, 128, 256])
  const block = random.pick([undefined, 4096, 65_536])
  return {
    op: 'plugv',
    id: random.pick(['vm1', 'vm2', 'vm3', 'vm0']),
    node: drawNode(random, machine),
    max_mib: max,
    requested_mib: requested,
    ...(block === undefined ? {} : { block_kib: block }),
  }
}

/** Sizes around what a device has, and all or nothing of it; now and then one that it cannot have. */
function drawResize(random: Random, machine: Machine): SimOperation {
  const { id, sizeBytes, maxBytes, blockBytes } = random.pick(resizableDevices(machine))
  const near = (by: number): number => Math.min(maxBytes, Math.max(0, sizeBytes + by * blockBytes))
  const bytes = random.pick([
    0,
    maxBytes,
    near(random.below(80) - 40),
    near(random.below(8) - 4),
    random.below(maxBytes / blockBytes + 1) * blockBytes,
  ])
  return { op: 'request', id, kib: (random.percent(96) ? bytes : bytes + MIB) / KIB }
}

/** A request that the firmware's dialect draws; where it has none to make, a device is plugged. */
function drawFirmware(random: Random, world: World, dialect: FirmwareDialect | null): SimOperation {
  if (resizableDevices(world.machine).length > 0 && random.percent(80))
    return drawResize(random, world.machine)
  const request = dialect && drawRequest(random, dialect.walk.requests, viewOf(world.machine))
  return request ?? drawPlug(random, world)
}

function drawBadWord(random: Random, { machine }: World): SimOperation {
  const path = blockFile(drawBlock(random, machine), random.pick(['state', 'online']))
  const text = random.pick([
    '',
    '\n',
    ' online',
    'online ',
    'ONLINE',
    'online\n\n',
    'onlin',
    '2',
    'o',
    'x',
    'going-offline',
  ])
  return write(path, text)
}

function drawSetting(random: Random): SimOperation {
  const parameters = '/sys/module/memory_hotplug/parameters'
  return random.pick([
    write(`${MEMORY_DIRECTORY}/auto_online_blocks`, random.pick([...WORDS, 'offline', 'Offline'])),
    write(`${parameters}/online_policy`, random.pick(['contig-zones', 'auto-movable', 'auto'])),
    write(`${parameters}/auto_movable_ratio`, random.pick(['0', '100', '301\n', '0x64', '1e3'])),
    write(`${parameters}/auto_movable_numa_aware`, random.pick(['Y', 'N', '?'])),
  ])
}

function drawFill(random: Random, world: World): SimOperation {
  const { machine } = world
  const as = random.pick(['file', 'file', 'anonymous', 'kernel'] as const)
  const name = `o${allocationNames(world).length}-${random.below(1000)}`
  const mib = (random.pick([1, 7, 64, 512, 1000, 4096, 16_384, 40_000]) * 4096) / MIB
  const policy = random.percent(60) ? 'prefer' : 'bind'
  const amount = { node: drawNode(random, machine), mib, policy } as const
  return as === 'file'
    ? { op: 'fill', file: name, ...amount }
    : { op: 'allocate', name, as, ...amount }
}

const drawPin = (random: Random, world: World, op: 'pin' | 'unpin'): SimOperation => ({
  op,
  name: drawName(random, world),
  first: random.below(64),
  pages: 1,
})

/** Mostly something that a pool can do, once there is one. */
function drawHuge(random: Random, { machine }: World): SimOperation {
  const pool = machine.state.memory.hugePools.find(({ free, used }) => free.size + used.size > 0)
  const count = random.between({ least: 1, most: 8 })
  if (pool === undefined || random.percent(30)) {
    return { op: 'reserve-huge', node: drawNode(random, machine), count }
  }
  const op = pool.used.size > 0 ? random.pick(['release-huge', 'use-huge'] as const) : 'use-huge'
  return {
    op: random.percent(25) ? 'shrink-huge' : op,
    node: pool.nodeId,
    count: random.percent(80) ? 1 : count,
  }
}

const drawName = (random: Random, world: World): string =>
  random.pick([...allocationNames(world), 'no such name'])

function drawPoison(random: Random, { machine }: World): SimOperation {
  const { blockBytes, pageBytes } = machine.geometry
  const block = drawBlock(random, machine)
  const address = block * blockBytes + random.below(blockBytes / pageBytes) * pageBytes
  const file = random.pick(['soft_offline_page', 'hard_offline_page'])
  return write(`${MEMORY_DIRECTORY}/${file}`, `0x${address.toString(16)}`)
}

/** Memory is not taken away behind the back of its driver. Offline blocks are drawn often. */
function drawRemoval(
  random: Random,
  { machine }: World,
  op: 'remove' | 'offline-and-remove',
): SimOperation {
  const { blockBytes } = machine.geometry
  const offline = blocksThat(machine, ({ state }) => state === 'offline')
  const first = random.pick(offline.length > 0 ? offline : blockIds(machine)) * blockBytes
  const near = { start: first, end: first + blockBytes * random.pick([1, 1, 2]) }
  const range = random.percent(60) ? near : drawRange(random, machine)
  const taken = machine.drivers
    .flatMap((driver) => driver.devices(machine))
    .flatMap(({ ranges }) => ranges)
    .some((claimed) => rangesOverlap(claimed, range))
  return taken ? NOTHING : { op, ...range }
}

/** Around what is present, on and off the boundaries of blocks. */
function drawRange(
  random: Random,
  machine: Machine,
): { readonly start: number; readonly end: number } {
  const { blockBytes } = machine.geometry
  const far = Math.ceil((64 * GIB) / blockBytes)
  const first = random.pick([...blockIds(machine), far])
  const start = (first + random.below(3)) * blockBytes
  const off = random.percent(10) ? random.pick([4096, MIB, blockBytes / 2]) : 0
  return { start: start + off, end: start + blockBytes * random.pick([1, 1, 2, 4]) }
}
