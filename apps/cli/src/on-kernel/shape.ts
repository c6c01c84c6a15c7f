import { parseNumberList } from '@memhp/kernel-files'
import type { PlanFile, PlannedBlock } from '@memhp/planner'
import { type GuestMachine, STAND_IN_ARCHS, standInFor } from '@memhp/qemu'
import { CliError, EXIT } from '../errors'

/** A block of the host that the guest has one for. */
interface ShapedBlock {
  /** Its number on the host. */
  readonly id: number
  /** What brings it online in its zone; null for one that is offline. */
  readonly word: 'online_movable' | 'online_kernel' | null
}

/** Memory of the host that was plugged, as a DIMM of the guest. */
export interface ShapedDimm {
  readonly id: string
  readonly node: number
  readonly blocks: readonly ShapedBlock[]
  /** Whether the plan removes all of it. */
  readonly goes: boolean
}

/** A guest like the host of a plan: a block of the guest for each block of the host, whatever their sizes. */
export interface GuestShape {
  readonly machine: GuestMachine
  /** Version of its kernel: `6.1`; null where the plan does not say. */
  readonly version: string | null
  readonly blockMib: number
  /** Blocks of boot memory of each node, from node 0 on; those of the plan are the last. */
  readonly boot: readonly (readonly ShapedBlock[])[]
  readonly dimms: readonly ShapedDimm[]
  /** Blocks of boot memory in Movable. */
  readonly movable: number
}

/** Blocks of boot memory in all: more make a guest slow, and change nothing. */
const MOST_BOOT = 24
const LEAST_BOOT = 4
/** Blocks that are plugged in all. */
const MOST_PLUGGED = 256

interface HostBlock extends ShapedBlock {
  readonly node: number
  readonly device: string | null
}

function blocksOf({ state }: PlanFile): readonly HostBlock[] {
  return state.blocks
    .flatMap(({ ids, state: is, zones, nodes, device }) =>
      parseNumberList(ids, MOST_BLOCKS).map((id): HostBlock => {
        const word = zones === 'Movable' ? 'online_movable' : 'online_kernel'
        return { id, word: is === 'online' ? word : null, node: nodes[0] ?? 0, device }
      }),
    )
    .sort((a, b) => a.id - b.id)
}

const MOST_BLOCKS = 1_048_576

/** Blocks with devices, in runs that one DIMM stands for. */
function dimmsOf(blocks: readonly HostBlock[], plan: PlanFile['plan']): readonly ShapedDimm[] {
  const planned = new Set(plan.blocks.map(({ id }: PlannedBlock) => id as number))
  const going = new Set(plan.expected.goneBlocks as readonly number[])
  const runs: HostBlock[][] = []
  for (const block of blocks.filter(({ device }) => device !== null)) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    const isNext =
      last !== undefined &&
      last.id + 1 === block.id &&
      last.node === block.node &&
      going.has(last.id) === going.has(block.id)
    if (isNext) run?.push(block)
    else runs.push([block])
  }
  // Only what the plan is about has to be there.
  return runs
    .filter((run) => run.some(({ id }) => planned.has(id)))
    .map((run, at) => ({
      id: `d${at}`,
      node: run[0]?.node ?? 0,
      blocks: run,
      goes: run.every(({ id }) => going.has(id)),
    }))
}

/** Boot memory of a node: all of it where it is little, else the last blocks, and those of the plan. */
function bootOf(
  blocks: readonly HostBlock[],
  planned: ReadonlySet<number>,
  most: number,
): readonly HostBlock[] {
  const wanted = blocks.filter(({ id }) => planned.has(id))
  const others = blocks.filter(({ id }) => !planned.has(id))
  const room = Math.max(most, LEAST_BOOT) - wanted.length
  return [...others.slice(Math.max(0, others.length - Math.max(room, LEAST_BOOT))), ...wanted]
}

/**
 * The guest that a plan is tried on.
 * @throws CliError for an architecture of which no guest has memory devices, and for a plan of more blocks than a guest has
 */
export function shapeOf(file: PlanFile): GuestShape {
  const { plan, state } = file
  const known = state.arch === null ? undefined : standInFor(state.arch)
  if (known === undefined)
    throw new CliError(
      `no guest of ${state.arch ?? 'an unknown architecture'} stands for the host`,
      {
        remedy: `a plan of a host of ${STAND_IN_ARCHS.join(', ')}; memhp rehearse on its twin`,
        exitCode: EXIT.noGuest,
      },
    )
  const blocks = blocksOf(file)
  const planned = new Set(plan.blocks.map(({ id }) => id as number))
  const own = blocks.filter(({ device }) => device === null)
  const nodes = 1 + Math.max(0, ...blocks.map(({ node }) => node))
  const boot = Array.from({ length: nodes }, (_, node) =>
    bootOf(
      own.filter((block) => block.node === node),
      planned,
      Math.floor(MOST_BOOT / nodes),
    ),
  )
  const dimms = dimmsOf(blocks, plan)
  const plugged = dimms.reduce((sum, dimm) => sum + dimm.blocks.length, 0)
  if (plugged > MOST_PLUGGED || boot.flat().length > MOST_PLUGGED)
    throw new CliError(`${plan.blocks.length} blocks are more than a guest has`, {
      remedy: `a plan of at most ${MOST_PLUGGED} blocks, or memhp rehearse on the twin`,
      exitCode: EXIT.noGuest,
    })
  const version = /^\d+\.\d+/.exec(state.release ?? '')?.[0] ?? null
  const movable = boot.flat().filter(({ word }) => word === 'online_movable').length
  return { ...known, version, boot, dimms, movable }
}
