import type { BlockId, PhysAddr } from '@memhp/core'
import { deviceTrait, nameOfRun } from './firmware/devices'
import type { BlockInfo } from './topology'

/** What blocks must share to be shown as one. */
export type BlockTrait = 'state' | 'zones' | 'nodes' | 'device' | 'removable' | 'physDevice'

/** A run of adjacent blocks that share the traits asked for. */
export interface BlockGroup {
  /** Physical addresses in bytes; `end` is exclusive. */
  readonly start: PhysAddr
  readonly end: PhysAddr
  readonly firstBlock: BlockId
  readonly lastBlock: BlockId
  /** Name of the device that owns all of it, or of a run of neighbours; null for none, or for several. */
  readonly device: string | null
  /** Never empty, ascending, without gaps. */
  readonly blocks: readonly BlockInfo[]
}

/** A text that two blocks share exactly when they share the trait. */
const TRAIT_KEYS: Readonly<Record<BlockTrait, (block: BlockInfo) => string>> = {
  state: ({ state }) => state,
  zones: ({ zones }) => {
    if (zones.kind === 'in') return `in ${[zones.name, ...(zones.mayMoveTo ?? [])].join(' ')}`
    return zones.kind === 'candidates' ? `candidates ${zones.names.join(' ')}` : zones.kind
  },
  nodes: ({ nodes }) => nodes.join(','),
  device: deviceTrait,
  removable: ({ removable }) => String(removable),
  physDevice: ({ physDevice }) => String(physDevice),
}

const DEFAULT_TRAITS: readonly BlockTrait[] = ['state', 'zones', 'nodes', 'device']

/**
 * Joins adjacent blocks that are alike, as lsmem does. Every block is in exactly one group.
 * @param blocks ascending by id
 * @param options.by what blocks of a group share; default: state, zones, nodes and device
 */
export function groupBlocks(
  blocks: readonly BlockInfo[],
  options: { readonly by?: readonly BlockTrait[] } = {},
): readonly BlockGroup[] {
  const traits = options.by ?? DEFAULT_TRAITS
  const keyOf = (block: BlockInfo): string =>
    traits.map((trait) => TRAIT_KEYS[trait](block)).join('\n')
  const runs: { key: string; blocks: [BlockInfo, ...BlockInfo[]]; last: BlockInfo }[] = []
  for (const block of blocks) {
    const run = runs.at(-1)
    const key = keyOf(block)
    if (run !== undefined && run.key === key && run.last.id + 1 === block.id) {
      run.blocks.push(block)
      run.last = block
    } else {
      runs.push({ key, blocks: [block], last: block })
    }
  }
  return runs.map((run) => ({
    start: run.blocks[0].start,
    end: run.last.end,
    firstBlock: run.blocks[0].id,
    lastBlock: run.last.id,
    device: run.blocks.every((block) => deviceTrait(block) === deviceTrait(run.last))
      ? nameOfRun(run.blocks[0].device, run.last.device)
      : null,
    blocks: run.blocks,
  }))
}
