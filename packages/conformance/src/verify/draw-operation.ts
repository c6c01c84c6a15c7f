import { invariant, KIB, MIB } from '@memhp/core'
import type { FirmwareRequest, Random, WalkView } from '@memhp/core/plugin'
import {
  BLOCK_SIZE_FILE,
  blockFile,
  MEMORY_DIRECTORY,
  NODE_DIRECTORY,
  parameterFile,
} from '@memhp/kernel-files'
import type { Operation, TraceDevice, TraceResizable } from '@memhp/trace'
import { drawRequest, weightOf } from '../generators/draw-request'
import type { WalkMachine } from './live-kernel'

/** What is known before a step is drawn: what the kernel says, and what the walk itself has done. */
export interface WalkState {
  readonly machine: WalkMachine
  /** The flat view after the step before. */
  readonly view: ReadonlyMap<string, string>
  readonly devices: readonly TraceDevice[]
  /** Devices of changing size; none before the first step has told of them. */
  readonly resizables: readonly TraceResizable[]
  /** Files that hold page cache, oldest first. */
  readonly files: readonly string[]
  /** Steps so far. */
  readonly taken: number
}

const WEIGHTS = {
  plug: 18,
  unplug: 10,
  state: 44,
  online: 7,
  'bad-word': 7,
  'auto-online': 5,
  parameter: 4,
  fill: 6,
  drop: 3,
  inject: 15,
  request: 40,
  plugv: 6,
} as const

type Kind = keyof typeof WEIGHTS
type Draw = (random: Random, state: WalkState) => Operation

/** How many files of page cache there may be at once: a guest that is out of memory proves nothing. */
const MOST_FILES = 3

/** Kinds that make no sense as things are weigh nothing. */
function weightsOf(state: WalkState): Readonly<Record<Kind, number>> {
  const { machine, devices, files, resizables } = state
  const isFull = devices.length >= machine.slots
  const hasPort = resizables.length < (machine.resizables?.ports ?? 0)
  return {
    ...WEIGHTS,
    plug: machine.slots === 0 ? 0 : isFull ? 1 : devices.length === 0 ? 60 : WEIGHTS.plug,
    unplug: devices.length + resizables.length === 0 ? 0 : WEIGHTS.unplug,
    fill: files.length >= MOST_FILES ? 0 : WEIGHTS.fill,
    drop: files.length === 0 ? 0 : WEIGHTS.drop,
    inject: machine.faults ? WEIGHTS.inject : 0,
    request: machine.resizables === undefined ? 0 : WEIGHTS.request,
    plugv: hasPort ? WEIGHTS.plugv : 0,
  }
}

/**
 * Draws the next step of a walk. It may well be one that the kernel refuses.
 * @param requests what the firmware of the machine takes
 */
export function drawWalkOperation(
  random: Random,
  state: WalkState,
  requests: readonly FirmwareRequest[],
): Operation {
  const firmware = weightOf(requests)
  const kind = random.weighted({ ...weightsOf(state), firmware })
  if (kind !== 'firmware') return DRAW[kind](random, state)
  return drawRequest(random, requests, viewOf(state)) ?? DRAW.state(random, state)
}

function viewOf(state: WalkState): WalkView {
  const keys = [...state.view.keys()]
  return {
    names: (directory) => namesIn(keys, directory),
    blockBytes: blockBytesOf(state),
    blocks: blocksOf(state),
    plugged: state.devices.map((device) => ({ name: null, blocks: blocksOfDevice(state, device) })),
  }
}

/** Names of what a directory holds, as the paths of files below it tell. */
const namesIn = (paths: readonly string[], directory: string): string[] => {
  const within = paths.filter((path) => path.startsWith(`${directory}/`))
  return [...new Set(within.map((path) => path.slice(directory.length + 1).replace(/\/.*/, '')))]
}

const write = (path: string, value: string): Operation => ({ op: 'write', path, value })

const WORDS = ['online', 'online_kernel', 'online_movable'] as const

const DRAW: Readonly<Record<Kind, Draw>> = {
  plug: (random, state) => ({
    op: 'plug',
    id: `d${state.taken}`,
    mib: (blockBytesOf(state) / MIB) * random.pick([1, 2, 3, 4]),
    node: random.below(state.machine.nodesMib.length),
  }),
  unplug: (random, { devices, resizables }) => ({
    op: 'unplug',
    id: random.pick([...devices.map(([id]) => id), ...resizables.map(([id]) => id)]),
  }),
  state: (random, state) => {
    const word = random.percent(45) ? 'offline' : random.pick(WORDS)
    return write(blockFile(drawBlock(random, state), 'state'), word)
  },
  online: (random, state) =>
    write(
      blockFile(drawBlock(random, state), 'online'),
      random.pick(['0', '1', '2', 'n', 'off', 'on', 'y']),
    ),
  'bad-word': (random, state) =>
    write(
      blockFile(drawBlock(random, state), 'state'),
      random.pick(['', '1', 'Offline', 'bogus', 'online_', 'onlinee', 'offline\n', 'online\n\n']),
    ),
  'auto-online': (random) =>
    write(`${MEMORY_DIRECTORY}/auto_online_blocks`, random.pick([...WORDS, 'offline', 'bogus'])),
  parameter: (random) => {
    const [name, values] = random.pick(PARAMETERS)
    return write(parameterFile(name), random.pick(values))
  },
  fill: (random, state) => ({
    op: 'fill',
    file: `/mnt/f${state.taken}/x`,
    node: random.pick(nodesWithMemory(state)),
    mib: random.pick([16, 48, 96]),
    policy: 'prefer',
  }),
  drop: (random, { files }) => ({ op: 'drop', file: random.pick(files) }),
  inject: (random) => ({
    op: 'inject',
    event: random.pick(['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE']),
    errno: random.pick([0, 0, -1, -5, -12, -16]),
  }),
  request: drawRequestOfSize,
  plugv: (random, state) => ({
    op: 'plugv',
    id: `v${state.taken}`,
    max_mib: random.pick([256, 512]),
    node: random.below(state.machine.nodesMib.length),
    requested_mib: random.pick([0, 64, 128, 130, 256]),
    block_kib: 2048,
    // Only ports take devices while the machine runs.
    bus: `rp${random.below(state.machine.resizables?.ports ?? 1)}`,
  }),
}

/** All, nothing, or around what a device has; now and then a size that it cannot have. */
function drawRequestOfSize(random: Random, { machine, resizables }: WalkState): Operation {
  if (resizables.length === 0) {
    const [device] = machine.resizables?.devices ?? []
    return { op: 'request', id: device?.id ?? 'vm0', kib: random.pick([0, 256, 512, 1024]) * 1024 }
  }
  const [id, , size, , max, block] = random.pick(resizables)
  const units = random.pick([
    0,
    max / block,
    random.below(max / block + 1),
    random.below(max / block + 1),
    size / block + random.below(65) - 32,
  ])
  const bytes = Math.max(0, Math.min(max / block, Math.floor(units))) * block
  return { op: 'request', id, kib: (random.percent(96) ? bytes : bytes + MIB / 2) / KIB }
}

/** What says which zone new memory goes to, and values that it takes or does not. */
const PARAMETERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['online_policy', ['contig-zones', 'auto-movable', 'auto']],
  ['auto_movable_ratio', ['0', '100', '301', '0x64', '-1', '1e3']],
  ['auto_movable_numa_aware', ['Y', 'N', '0', '?']],
]

/** Hot-plugged blocks mostly, boot blocks now and then, and sometimes one that is not there. */
function drawBlock(random: Random, state: WalkState): number {
  const blocks = blocksOf(state)
  const plugged = [
    ...state.devices.flatMap((device) => blocksOfDevice(state, device)),
    ...state.resizables.flatMap(([id, address, , , max, , node]) => {
      const region = new Set(blocksOfDevice(state, [id, address, max, node]))
      return blocks.filter((block) => region.has(block))
    }),
  ]
  if (plugged.length > 0 && random.percent(85)) return random.pick(plugged)
  return random.percent(97) ? random.pick(blocks) : Math.max(...blocks) + 1
}

const BLOCK_STATE = /\/memory(\d+)\/state$/

const blocksOf = ({ view }: WalkState): number[] =>
  [...view.keys()].flatMap((key) => {
    const digits = BLOCK_STATE.exec(key)?.[1]
    return digits === undefined ? [] : [Number(digits)]
  })

function blockBytesOf({ view }: WalkState): number {
  const text = view.get(BLOCK_SIZE_FILE)
  invariant(text, 'A kernel with memory blocks says how large they are.')
  return Number.parseInt(text, 16)
}

function blocksOfDevice(state: WalkState, [, address, bytes]: TraceDevice): number[] {
  const blockBytes = blockBytesOf(state)
  const first = address / blockBytes
  return Array.from({ length: bytes / blockBytes }, (_, i) => first + i)
}

function nodesWithMemory({ machine, view }: WalkState): number[] {
  const nodes = machine.nodesMib.map((_, node) => node)
  if (!view.has(`${NODE_DIRECTORY}/online`)) return nodes
  return nodes.filter(
    (node) =>
      Number.parseInt(view.get(`${NODE_DIRECTORY}/node${node}/meminfo#MemTotal`) ?? '0', 10) > 0,
  )
}
