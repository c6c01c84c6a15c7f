import {
  type BlockId,
  type Generation,
  GIB,
  type Machine,
  type MachineDescription,
  MIB,
  type PhysRange,
  physAddr,
  refusalOf,
  restoreSnapshot,
  takeSnapshot,
} from '@memhp/core'
import { blockIds, blockRange, findBlock, firstObstacle } from '@memhp/core/inspect'
import { blockFile, MEMORY_DIRECTORY } from '@memhp/kernel-files'
import type { MachineOperation } from '@memhp/trace'

/** What is done to a machine: fixed, or by how the machine is when its turn comes. */
export type Plan = readonly MachineOperation[] | ((machine: Machine) => readonly MachineOperation[])

/** One operation that is made to fail at each injection point that it passes. */
export interface SweepOperation {
  readonly name: string
  /** What its machine has beside what all have. A kernel that cannot have it does not have the operation. */
  readonly description?: Partial<MachineDescription>
  /** Whether a machine has it. Default: all do. */
  readonly when?: (machine: Machine) => boolean
  /** Bring a machine that has just booted to where the operation begins, one after the other. */
  readonly prepare?: readonly Plan[]
  /** The operation itself: what is done one after the other, up to the first refusal. */
  readonly operations: Plan
  /** What is asked once nothing fails any more; default: the same again. */
  readonly again?: Plan
  /** Who begins it: whoever writes to a file or calls core (default), or firmware and what stands for it. */
  readonly by?: 'firmware'
  /** How it tells of a failure: whoever asks gets an errno (default), or is told of nothing. */
  readonly tells?: 'errno' | 'nothing'
}

/** Bytes of blocks beyond all that were there at boot: `start` is the first of them. */
const spare = (machine: Machine, first: number, count = 1): { start: number; end: number } => {
  const { blockBytes } = machine.geometry
  const start = (spareBlock(machine) + first) * blockBytes
  return { start, end: start + count * blockBytes }
}

/** Added memory is on node 1, which has none at boot: what lies on node 0 was there before. */
function spareBlock(machine: Machine): number {
  const known = blockIds(machine).filter((id) => findBlock(machine, id)?.nodeId !== 1)
  return Math.max(...known) + 1
}

const state = (block: number, value: string): MachineOperation => ({
  op: 'write',
  path: blockFile(block, 'state'),
  value,
})

const add: Plan = (machine) => [{ op: 'add', ...spare(machine, 0, 2), node: 1 }]

/** Whether threads of a node are, for good, in what of it comes online first in a kernel zone. */
export const keepsThreads = ({ rules }: Generation): boolean => rules.online.threads === 'on-node'

/** Brings a block online so that it can go offline again: in Movable where threads of its node would stay in it. */
export const bringOnline = ({ generation }: Machine, block: number): MachineOperation =>
  state(block, keepsThreads(generation) ? 'online_movable' : 'online')

const online = (machine: Machine): readonly MachineOperation[] =>
  [0, 1].map((i) => bringOnline(machine, spareBlock(machine) + i))

const addOnline: Plan = (machine) => [...call(add, machine), ...online(machine)]

/** The second block is the one to go: kernels of 2012 have what describes it in the first. */
const offline: Plan = (machine) => [state(spareBlock(machine) + 1, 'offline')]

/** More than a block of page cache, so that both blocks have some. */
const fill = ({ geometry }: Machine): MachineOperation => ({
  op: 'fill',
  file: 'page cache',
  mib: Math.ceil((geometry.blockBytes * 1.25) / MIB),
  node: 1,
  policy: 'bind',
})

const hugePages = ({ geometry }: Machine, used: 'free' | 'used'): MachineOperation => ({
  op: 'take-huge',
  name: 'huge pages',
  node: 1,
  count: Math.ceil((geometry.pagesPerBlock / geometry.pageblockPages) * 1.25),
  state: used,
})

/** The highest block of boot memory that can go offline. */
const bootBlock = (machine: Machine): BlockId | undefined =>
  blockIds(machine).findLast((id) => {
    const block = findBlock(machine, id)
    if (block?.early !== true || block.zone === null) return false
    return firstObstacle(machine, blockRange(machine, id)) === undefined
  })

/** Whether boot memory goes offline at all: on arm64 a notifier refuses it. It is tried, and taken back. */
function bootMemoryGoes(machine: Machine): boolean {
  const id = bootBlock(machine)
  if (id === undefined) return false
  const before = takeSnapshot(machine)
  const refusal = refusalOf(() => machine.tree.write(blockFile(id, 'state'), 'offline'))
  restoreSnapshot(machine, before)
  return refusal === undefined
}

/** Offline, it is known by that. */
const offlineBlock = (machine: Machine): BlockId | undefined =>
  blockIds(machine).find((id) => findBlock(machine, id)?.state === 'offline')

/** A write to soft_offline_page, of a page of the page cache. */
const softOffline: Plan = ({ state: { memory }, geometry }) => {
  const [cache] = memory.allocations.values()
  const address = (cache?.pages[0] ?? 0) * geometry.pageBytes
  const path = `${MEMORY_DIRECTORY}/soft_offline_page`
  return [{ op: 'write', path, value: `0x${address.toString(16)}` }]
}

/** Whether the arch takes memory in. */
export const mayAdd = (machine: Machine): boolean =>
  machine.arch.canAdd(machine, spareRange(machine)).kind === 'allowed'

/** Whether the arch gives it back. */
export const mayRemove = (machine: Machine): boolean =>
  mayAdd(machine) && machine.arch.canRemove(machine, spareRange(machine)).kind === 'allowed'

const spareRange = (machine: Machine): PhysRange => physRange(spare(machine, 0, 2))

const physRange = ({ start, end }: { start: number; end: number }): PhysRange => ({
  start: physAddr(start),
  end: physAddr(end),
})

/** Two blocks so far above all others that direct map and vmemmap need further tables for them. */
const far = ({ geometry }: Machine): { start: number; end: number } => ({
  start: 128 * GIB,
  end: 128 * GIB + 2 * geometry.blockBytes,
})

/** Whether a table that is missing for the memmap comes too late for what is mapped by then. */
const mayLoseFar = (machine: Machine): boolean =>
  machine.arch.failedAddLeaves.includes('direct map') &&
  machine.arch.canAdd(machine, physRange(far(machine))).kind === 'allowed'

/** The operations of core that are swept on every machine that has them. */
export const CORE_OPERATIONS: readonly SweepOperation[] = [
  { name: 'memory is added', when: mayAdd, operations: add },
  {
    name: 'memory is added far above all other',
    when: mayLoseFar,
    operations: (machine) => [{ op: 'add', ...far(machine), node: 1 }],
  },
  {
    name: 'memory is added that holds its memmap',
    description: { cmdline: 'memory_hotplug.memmap_on_memory=1' },
    when: (machine) => machine.features.memmapOnMemory && mayAdd(machine),
    operations: (machine) => [{ op: 'add', ...spare(machine, 0), node: 1, memmapOnMemory: true }],
  },
  {
    name: 'memory is added and comes online',
    description: { autoOnlineBlocks: 'online' },
    when: (machine) => machine.features.defaultOnlineType !== null && mayAdd(machine),
    operations: add,
  },
  {
    name: 'memory is added by probe',
    when: (machine) => machine.features.probe && mayAdd(machine),
    operations: (machine) => [
      {
        op: 'write',
        path: `${MEMORY_DIRECTORY}/probe`,
        value: `0x${spare(machine, 0).start.toString(16)}`,
      },
    ],
  },
  {
    name: 'a block comes online',
    when: mayAdd,
    prepare: [add],
    operations: (machine) => online(machine).slice(1),
  },
  {
    name: 'a block comes online movable',
    when: (machine) =>
      machine.generation.rules.sysfs.stateWords.includes('online_movable') && mayAdd(machine),
    prepare: [add],
    operations: (machine) => [state(spareBlock(machine) + 1, 'online_movable')],
  },
  { name: 'a free block goes offline', when: mayAdd, prepare: [addOnline], operations: offline },
  {
    name: 'a block in use goes offline',
    when: mayAdd,
    prepare: [addOnline, (machine) => [fill(machine)]],
    operations: offline,
  },
  {
    name: 'a block with free huge pages goes offline',
    when: (machine) =>
      machine.generation.rules.offline.freeHugePages === 'dissolved' && mayAdd(machine),
    prepare: [addOnline, (machine) => [hugePages(machine, 'free')]],
    operations: offline,
  },
  {
    name: 'a block with huge pages in use goes offline',
    when: mayAdd,
    prepare: [addOnline, (machine) => [hugePages(machine, 'used')]],
    operations: offline,
  },
  {
    name: 'a block of boot memory goes offline',
    when: bootMemoryGoes,
    operations: (machine) => [state(bootBlock(machine) ?? -1, 'offline')],
  },
  {
    name: 'a block of boot memory comes online again',
    when: (machine) => bootMemoryGoes(machine) && offlineBlock(machine) === undefined,
    prepare: [(machine) => [state(bootBlock(machine) ?? -1, 'offline')]],
    operations: (machine) => [state(offlineBlock(machine) ?? -1, 'online')],
  },
  {
    name: 'offline memory is removed',
    when: mayRemove,
    prepare: [add],
    operations: (machine) => [{ op: 'remove', ...spare(machine, 0, 2) }],
  },
  {
    name: 'memory with the defect D3 is removed',
    description: { defects: ['D3'] },
    when: mayRemove,
    prepare: [add],
    operations: (machine) => [{ op: 'remove', ...spare(machine, 0, 2) }],
  },
  {
    name: 'online memory is taken offline and removed',
    when: mayRemove,
    // Each block by itself: one may hold what describes the other.
    prepare: [add, (machine) => online(machine).slice(1)],
    operations: (machine) => [{ op: 'offline-and-remove', ...spare(machine, 0, 2) }],
  },
  {
    name: 'a page is soft-offlined',
    when: (machine) => machine.features.memoryFailure && mayAdd(machine),
    prepare: [addOnline, (machine) => [fill(machine)]],
    operations: softOffline,
  },
]

/** The steps of a plan on a machine. */
export const call = (plan: Plan, machine: Machine): readonly MachineOperation[] =>
  typeof plan === 'function' ? plan(machine) : plan
