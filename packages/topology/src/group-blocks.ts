import type { BlockId, PhysAddr } from '@memhp/core'
import { DIALECTS } from '@memhp/platforms/dialects'
import { type Dialects, deviceTrait, nameOfRun } from './firmware/devices'
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
const TRAIT_KEYS: Readonly<Record<BlockTrait, (block: BlockInfo, dialects: Dialects) => string>> = {
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

/** Whether two blocks hold the very same value: most neighbours do, and texts of values cost more. A device's trait is its place in a run, too. */
const isOneValue = (a: BlockInfo, b: BlockInfo, trait: BlockTrait): boolean =>
  a[trait] === b[trait] && (trait !== 'device' || a.device === null)

const DEFAULT_TRAITS: readonly BlockTrait[] = ['state', 'zones', 'nodes', 'device']

interface Run {
  readonly blocks: [BlockInfo, ...BlockInfo[]]
  last: BlockInfo
}

/** Name of what owns all of a run; null where that is nothing, or several. */
function deviceOf({ blocks, last }: Run, dialects: Dialects): string | null {
  const trait = deviceTrait(last, dialects)
  const isOther = (block: BlockInfo): boolean =>
    !isOneValue(block, last, 'device') && deviceTrait(block, dialects) !== trait
  if (blocks.some(isOther)) return null
  return nameOfRun({ first: blocks[0].device, last: last.device }, dialects)
}

/**
 * Joins adjacent blocks that are alike, as lsmem does. Every block is in exactly one group.
 * @param blocks ascending by id
 * @param options.by what blocks of a group share; default: state, zones, nodes and device
 * @param options.dialects default: of all firmware that @memhp/platforms lists
 */
export function groupBlocks(
  blocks: readonly BlockInfo[],
  options: { readonly by?: readonly BlockTrait[]; readonly dialects?: Dialects | undefined } = {},
): readonly BlockGroup[] {
  const { by: traits = DEFAULT_TRAITS, dialects = DIALECTS } = options
  const alike = (a: BlockInfo, b: BlockInfo): boolean =>
    traits.every(
      (trait) =>
        isOneValue(a, b, trait) ||
        TRAIT_KEYS[trait](a, dialects) === TRAIT_KEYS[trait](b, dialects),
    )
  const runs: Run[] = []
  for (const block of blocks) {
    const run = runs.at(-1)
    if (run !== undefined && run.last.id + 1 === block.id && alike(run.last, block)) {
      run.blocks.push(block)
      run.last = block
    } else {
      runs.push({ blocks: [block], last: block })
    }
  }
  return runs.map((run) => ({
    start: run.blocks[0].start,
    end: run.last.end,
    firstBlock: run.blocks[0].id,
    lastBlock: run.last.id,
    device: deviceOf(run, dialects),
    blocks: run.blocks,
  }))
}
