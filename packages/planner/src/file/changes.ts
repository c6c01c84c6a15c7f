import { formatNumberList, parseNumberList } from '@memhp/kernel-files'
import type { BlocksState, PlanState } from './state'

/** Something that is not as it was when a plan was made. */
export interface PlanChange {
  /** `steps`: the plan is not what memhp would make of the same blocks. */
  readonly kind: 'machine' | 'policy' | 'nodes' | 'blocks' | 'steps' | 'prediction' | 'room'
  /** What it is about: `memory32-39`, `auto_online_blocks`. */
  readonly what: string
  readonly before: string
  readonly now: string
}

/** More blocks than any machine has: what a list names is below. */
export const MOST_BLOCKS = 1_048_576

const said = (value: unknown): string => (value === null ? 'not known' : String(value))

/** Fields of one kind that differ. */
function fieldChanges<T extends object>(
  kind: PlanChange['kind'],
  names: Readonly<Partial<Record<keyof T, string>>>,
  { before, now }: { readonly before: T; readonly now: T },
): readonly PlanChange[] {
  return (Object.entries(names) as [keyof T, string][])
    .filter(([key]) => before[key] !== now[key])
    .map(([key, what]) => ({ kind, what, before: said(before[key]), now: said(now[key]) }))
}

const blockText = ({ state, zones, nodes, device }: BlocksState): string =>
  [
    state,
    zones,
    ...(nodes.length === 0 ? [] : [`node ${nodes.join('+')}`]),
    ...(device === null ? [] : [device]),
  ].join(', ')

const NOT_THERE = 'not there'

/** What each block is, in words. */
function byBlock({ blocks }: PlanState): ReadonlyMap<number, string> {
  const texts = new Map<number, string>()
  for (const like of blocks) {
    const text = blockText(like)
    for (const id of parseNumberList(like.ids, MOST_BLOCKS)) texts.set(id, text)
  }
  return texts
}

function blockChanges(before: PlanState, now: PlanState): readonly PlanChange[] {
  const [was, is] = [byBlock(before), byBlock(now)]
  const alike = new Map<string, { readonly before: string; readonly now: string; ids: number[] }>()
  for (const id of new Set([...was.keys(), ...is.keys()])) {
    const change = { before: was.get(id) ?? NOT_THERE, now: is.get(id) ?? NOT_THERE }
    if (change.before === change.now) continue
    const key = `${change.before}\n${change.now}`
    const others = alike.get(key)
    if (others === undefined) alike.set(key, { ...change, ids: [id] })
    else others.ids.push(id)
  }
  return [...alike.values()].map(({ ids, ...change }) => ({
    kind: 'blocks',
    what: `memory${formatNumberList(ids)}`,
    ...change,
  }))
}

/**
 * What of a machine is not as it was.
 * @throws TextFault for a list of blocks that is none
 */
export function changesOf(before: PlanState, now: PlanState): readonly PlanChange[] {
  const both = { before, now }
  return [
    ...fieldChanges(
      'machine',
      {
        arch: 'architecture',
        release: 'kernel',
        blockBytes: 'block size in bytes',
        pageBytes: 'page size in bytes',
      },
      both,
    ),
    ...fieldChanges(
      'policy',
      {
        autoOnlineBlocks: 'auto_online_blocks',
        onlinePolicy: 'online_policy',
        autoMovableRatio: 'auto_movable_ratio',
        autoMovableNumaAware: 'auto_movable_numa_aware',
        memmapOnMemory: 'memmap_on_memory',
      },
      { before: before.policy, now: now.policy },
    ),
    ...fieldChanges('nodes', { onlineNodes: 'online nodes' }, both),
    ...blockChanges(before, now),
  ]
}
