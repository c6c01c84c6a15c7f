import {
  addMemory,
  allocateTracked,
  type BlockId,
  blockId,
  fingerprint,
  HotplugError,
  injectNotifierError,
  invariant,
  type Machine,
  nodeId,
  offlineAndRemoveMemory,
  type Pfn,
  type PhysRange,
  pfn,
  physAddr,
  pinPage,
  placeUnmovablePage,
  platformOf,
  releaseAllocation,
  releaseHugePages,
  removeMemory,
  removeUnmovablePage,
  reserveHugePages,
  restoreSnapshot,
  settle,
  shrinkHugePool,
  takeSnapshot,
  unpinPage,
  useHugePages,
} from '@memhp/core'
import { blockRange, findBlock } from '@memhp/core/inspect'
import { type Operation, type Step, watchStep } from '@memhp/invariants'
import { failStep } from '../step-fault'
import type { SimOperation, SimStep } from './operation'
import { recall, remember, type World } from './world'

/**
 * Carries a step out, with its fault, and lets the machine settle.
 * @returns what `checkStep` needs
 */
export function performStep(world: World, step: SimStep): Step {
  const { machine } = world
  const failure = step.fault && failStep(machine, step.fault)
  try {
    return watchStep(machine, describe(world, step.operation), () => {
      act(world, step.operation)
      settle(machine)
    })
  } finally {
    failure?.heal()
  }
}

const rangeOf = (range: { readonly start: number; readonly end: number }): PhysRange => ({
  start: physAddr(range.start),
  end: physAddr(range.end),
})

/** The operation in the words of step invariants. */
function describe(world: World, operation: SimOperation): Operation {
  switch (operation.op) {
    case 'write':
      return { kind: 'write', path: operation.path, text: operation.text }
    case 'plug':
      return { kind: 'plug', request: operation }
    case 'unplug': {
      const { id } = operation
      const plugged = platformOf(world.machine).plugged(world.machine)
      return { kind: 'unplug', id, device: plugged.find((each) => each.id === id)?.name ?? null }
    }
    case 'add':
      return { kind: 'add', range: rangeOf(operation) }
    case 'remove':
      return { kind: 'remove', range: rangeOf(operation) }
    default:
      return { kind: 'other', name: operation.op }
  }
}

type Act<Name extends SimOperation['op']> = (
  world: World,
  operation: Extract<SimOperation, { readonly op: Name }>,
) => void

const ACTS: { readonly [Name in SimOperation['op']]: Act<Name> } = {
  write: ({ machine }, { path, text }) => machine.tree.write(path, text),
  plug: ({ machine }, request) => void platformOf(machine).plug(machine, request),
  unplug: ({ machine }, { id }) => platformOf(machine).requestUnplug(machine, id),
  add: ({ machine }, { node, ...range }) =>
    addMemory(machine, { range: rangeOf(range), nodeId: nodeId(node) }),
  remove: ({ machine }, range) => removeMemory(machine, { range: rangeOf(range) }),
  'offline-and-remove': ({ machine }, range) =>
    offlineAndRemoveMemory(machine, { range: rangeOf(range) }),
  fill: ({ machine, owners }, { node, ...request }) => {
    const { id } = allocateTracked(machine, { ...request, nodeId: nodeId(node) })
    owners.set(request.name, id)
  },
  drop: (world, { name }) => {
    releaseAllocation(world.machine, ownerId(world, name))
    world.owners.delete(name)
  },
  pin: (world, page) => pinPage(world.machine, pageOf(world, page)),
  unpin: (world, page) => unpinPage(world.machine, pageOf(world, page)),
  obstruct: (world, { block }) => obstruct(world, blockId(block)),
  clear: (world, { block }) => clear(world, blockId(block)),
  inject: ({ machine }, injection) => injectNotifierError(machine, injection),
  'reserve-huge': ({ machine }, pages) => void reserveHugePages(machine, huge(machine, pages)),
  'use-huge': ({ machine }, pages) => void useHugePages(machine, huge(machine, pages)),
  'release-huge': ({ machine }, pages) => releaseHugePages(machine, huge(machine, pages)),
  'shrink-huge': ({ machine }, pages) => shrinkHugePool(machine, huge(machine, pages)),
  remember: (world) => {
    world.remembered = remember(world, takeSnapshot(world.machine))
  },
  return: (world) => returnTo(world),
}

const act = (world: World, operation: SimOperation): void =>
  (ACTS[operation.op] as Act<SimOperation['op']>)(world, operation)

function ownerId(world: World, name: string): number {
  const id = world.owners.get(name)
  if (id !== undefined) return id
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', `Nobody is called ${name}.`)
}

function pageOf(world: World, page: { readonly name: string; readonly index: number }): Pfn {
  const owner = world.machine.state.memory.allocations.get(ownerId(world, page.name))
  const found = owner?.pages[page.index] ?? -1
  if (found !== -1) return pfn(found)
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', `${page.name} has no such page.`)
}

function obstruct(world: World, id: BlockId): void {
  const { machine, obstacles } = world
  if (findBlock(machine, id) === undefined) return
  const page = placeUnmovablePage(machine, { range: blockRange(machine, id) })
  if (page !== null) obstacles.set(id, [...(obstacles.get(id) ?? []), page])
}

function clear(world: World, id: BlockId): void {
  for (const page of world.obstacles.get(id) ?? []) removeUnmovablePage(world.machine, page)
  world.obstacles.delete(id)
}

/** Huge pages of the size of a pageblock. */
const huge = (
  machine: Machine,
  pages: { readonly node: number; readonly count: number },
): Parameters<typeof useHugePages>[1] => ({
  nodeId: nodeId(pages.node),
  order: Math.round(Math.log2(machine.geometry.pageblockPages)),
  count: pages.count,
})

function returnTo(world: World): void {
  const { machine, remembered } = world
  if (remembered === undefined) return
  restoreSnapshot(machine, remembered.snapshot)
  recall(world, remembered)
  const now = fingerprint(machine)
  invariant(now === remembered.fingerprint, `Restored to ${now}, not ${remembered.fingerprint}.`)
}
