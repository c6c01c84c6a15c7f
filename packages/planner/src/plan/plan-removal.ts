import type { BlockId, NodeId } from '@memhp/core'
import { blockFile } from '@memhp/kernel-files'
import { type Dialects, nameOfRun, type Removal, removalsOf, type Topology } from '@memhp/topology'
import type { RemovalGoal } from '../goal/goal'
import { resolveGoal } from '../goal/resolve-goal'
import type { Target } from '../goal/target'
import { predictTarget } from '../predict/predict-target'
import {
  askDependencies,
  type DependencyHook,
  dependencyWarnings,
  freedHosts,
  orderByDependencies,
} from './dependency'
import { type BlockOrder, orderBlocks } from './order'
import { type Expectation, PLAN_VERSION, type Plan, type PlanStep } from './plan'
import { plannedBlock } from './planned-block'
import { warningsFor } from './warnings'

export interface PlanOptions {
  /** Default `careful`. */
  readonly order?: BlockOrder
  /** What is known of blocks that hold what describes others; default: nothing. */
  readonly dependencies?: DependencyHook
  /** With which the topology was read; default: of all firmware that @memhp/platforms lists. */
  readonly dialects?: Dialects | undefined
}

const offlineStep = (block: BlockId): PlanStep => ({
  kind: 'offline',
  block,
  path: blockFile(block, 'state'),
  text: 'offline',
})

const removeStep = (
  { devices, verb, path, text, undo }: Removal,
  dialects: Dialects | undefined,
): PlanStep => ({
  kind: 'remove',
  name:
    nameOfRun({ first: devices[0]?.name ?? null, last: devices.at(-1)?.name ?? null }, dialects) ??
    '',
  verb,
  devices: devices.map(({ name }) => name),
  path,
  text,
  blocks: devices.flatMap(({ blocks }) => blocks),
  ranges: devices.flatMap(({ ranges }) => ranges),
  undo,
})

/** Nodes that have no block left, and no CPU to keep them. */
function goneNodes(topology: Topology, gone: ReadonlySet<BlockId>): readonly NodeId[] {
  return topology.nodes
    .filter(
      ({ blocks, cpus }) =>
        cpus?.length === 0 && blocks.length > 0 && blocks.every((id) => gone.has(id)),
    )
    .map(({ id }) => id)
}

function expectationOf(topology: Topology, target: Target): Expectation {
  const gone = new Set(target.devices.flatMap(({ blocks }) => blocks))
  return {
    offlineBlocks: target.blocks.filter(({ id }) => !gone.has(id)).map(({ id }) => id),
    goneBlocks: [...gone].sort((a, b) => a - b),
    goneRanges: target.devices.flatMap(({ ranges }) => ranges),
    goneNodes: goneNodes(topology, gone),
  }
}

/**
 * Plans how memory goes: which blocks are taken offline, in what order, which devices are removed then, and what to
 * expect of it. Nothing is touched. Blocks that are offline already need no step.
 * @throws HotplugError NO_SUCH_DEVICE, DEVICE_EMPTY, DEVICE_NOT_EJECTABLE, NO_SUCH_BLOCK, NO_SUCH_NODE,
 *   BAD_ARGUMENT, IMPOSSIBLE_GOAL (detail: what is the most that can go); what `dependencies` throws
 */
export function planRemoval(
  topology: Topology,
  goal: RemovalGoal,
  options: PlanOptions = {},
): Plan {
  const { order = 'careful', dialects, dependencies = () => [] } = options
  const target = resolveGoal(topology, goal, dialects)
  const known = askDependencies(dependencies, target.blocks)
  const ordered = orderByDependencies(orderBlocks(topology, target.blocks, order), known)
  const { blocks, headRoom, prediction } = predictTarget(
    topology,
    ordered,
    freedHosts(target.blocks, known),
  )
  const offlines = ordered
    .filter(({ state }) => state !== 'offline')
    .map(({ id }) => offlineStep(id))
  const removals = removalsOf(target.devices, dialects)
    .toReversed()
    .map((removal) => removeStep(removal, dialects))
  return {
    version: PLAN_VERSION,
    goal,
    blockBytes: topology.blockBytes,
    pageBytes: topology.pageBytes,
    blocks: blocks.map(plannedBlock),
    devices: removals.flatMap((step) => (step.kind === 'remove' ? step.devices : [])),
    steps: [...offlines, ...removals],
    pointOfNoReturn: removals.length === 0 ? null : offlines.length,
    sizeBytes: blocks.length * topology.blockBytes,
    headRoom,
    prediction,
    expected: expectationOf(topology, target),
    warnings: [
      ...warningsFor(topology, goal, target, dialects),
      ...dependencyWarnings(target.blocks, known),
    ],
  }
}
