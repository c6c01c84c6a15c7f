import { type BlockId, type Machine, type NodeId, type PhysRange, physAddr } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import type { Plan, PlannedBlock } from '@memhp/planner'

/** The memory that a census is about. */
export interface Scope {
  /** Memory that goes for good; for a plan that only takes blocks offline, all of it. Ascending, disjoint. */
  readonly ranges: readonly PhysRange[]
  /** The blocks of `ranges`. */
  readonly blocks: readonly BlockId[]
  /** All memory that is emptied, in bytes, ascending, disjoint: what goes, and what only goes offline. */
  readonly emptied: readonly PhysRange[]
  readonly devices: readonly string[]
  readonly nodes: readonly NodeId[]
}

/** Memory blocks as ranges, neighbours joined. @param blocks ascending */
function joinedRanges(
  blocks: readonly { readonly start: number; readonly end: number }[],
): readonly PhysRange[] {
  const ranges: { start: number; end: number }[] = []
  for (const { start, end } of blocks) {
    const last = ranges.at(-1)
    if (last?.end === start) last.end = end
    else ranges.push({ start, end })
  }
  return ranges.map(({ start, end }) => ({ start: physAddr(start), end: physAddr(end) }))
}

/** Nodes of a block: as the machine has it, which may know more than the plan. */
function nodesOf(machine: Machine, { id, nodes }: PlannedBlock): readonly NodeId[] {
  const block = findBlock(machine, id)
  return block === undefined ? nodes : [block.nodeId, ...block.extraNodes]
}

/** The memory that a plan is about, on the machine that it is carried out on. */
export function scopeOfPlan(machine: Machine, plan: Plan): Scope {
  const emptied = plan.blocks.toSorted((a, b) => a.id - b.id)
  const gone = new Set(plan.expected.goneBlocks)
  const going = gone.size === 0 ? emptied : emptied.filter(({ id }) => gone.has(id))
  const nodes = new Set(emptied.flatMap((block) => nodesOf(machine, block)))
  return {
    ranges: joinedRanges(going),
    blocks: going.map(({ id }) => id),
    emptied: joinedRanges(emptied),
    devices: [...plan.devices].sort(),
    nodes: [...nodes].sort((a, b) => a - b),
  }
}
