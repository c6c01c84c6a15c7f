import {
  type BlockId,
  blockId,
  type Errno,
  type ErrorCode,
  type LogLine,
  type Machine,
  type MemoryEvent,
  type MemoryNotice,
  type PlatformEvent,
  type Range,
  type Uevent,
} from '@memhp/core'
import type { MachineOperation } from '@memhp/trace'
import type { Attempt, BlockWrite } from './block-write'
import type { Observation } from './observation'
import type { BlockChange } from './seen-blocks'

/** What an operation came to. */
export type Outcome =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'refused'
      readonly errno: Errno
      readonly code: ErrorCode
      /** Name of the notifier that refused; absent where none did. */
      readonly notifier?: string
    }

/** What the notifier chain was told or asked. */
export interface Notice extends MemoryNotice {
  readonly event: MemoryEvent
}

/** What happened on a machine while it was watched. */
export interface Heard {
  readonly uevents: readonly Uevent[]
  /** What the memory notifier chain was told and asked, in order. */
  readonly notices: readonly Notice[]
  readonly platform: readonly PlatformEvent[]
  readonly log: readonly LogLine[]
}

/** One operation with what was before, what happened and what is after it. It lasts until the machine has settled. */
export interface Step extends Heard {
  readonly machine: Machine
  readonly operation: MachineOperation
  /** The kernel's name of the device that an unplug asks for; null where it has none, and for other operations. */
  readonly asksFor: string | null
  readonly outcome: Outcome
  readonly before: Observation
  readonly after: Observation
  /** Blocks that changed, ascending: all others are what they were. */
  readonly blocks: readonly BlockChange[]
  /** What the step wrote to `state` or `online` of a block that stays; undefined for other steps. */
  readonly write: BlockWrite | undefined
  /** The attempt to switch the block that this is; undefined where it is none. */
  readonly attempt: Attempt | undefined
  /** Steps of transactions were made to fail on purpose: a stopped step asked no notifier. */
  readonly faulted: boolean
}

/** The errno of a step, null where it was done. */
export const errnoOf = ({ outcome }: Step): string | null =>
  outcome.kind === 'done' ? null : outcome.errno

/** Whether a step is one that adds, removes or switches memory, or tries to: others only change how it is used. */
export const isHotplug = ({ operation: { op } }: Step): boolean =>
  op === 'write' || op === 'plug' || op === 'unplug' || op === 'add' || op === 'remove'

const NONE: readonly Range[] = []

/** Numbers of the blocks that came, as ranges. */
export const blocksThatCame = ({ blocks }: Step): readonly Range[] =>
  blocks.length === 0
    ? NONE
    : joinIds(
        blocks.flatMap(({ id, was, is }) => (was === undefined && is !== undefined ? id : [])),
      )

/** Numbers of the blocks that went, as ranges. */
export const blocksThatWent = ({ blocks }: Step): readonly Range[] =>
  blocks.length === 0
    ? NONE
    : joinIds(
        blocks.flatMap(({ id, was, is }) => (was !== undefined && is === undefined ? id : [])),
      )

/** Ascending numbers as ranges. */
export function joinIds(ids: readonly BlockId[]): readonly Range[] {
  const ranges: { start: number; end: number }[] = []
  for (const id of ids) {
    const last = ranges.at(-1)
    if (last !== undefined && last.end === id) last.end += 1
    else ranges.push({ start: id, end: id + 1 })
  }
  return ranges
}

/** The numbers of the blocks that a range of bytes touches. */
export function blocksOfBytes(range: Range, blockBytes: number): readonly BlockId[] {
  const first = Math.floor(range.start / blockBytes)
  const end = Math.ceil(range.end / blockBytes)
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => blockId(first + i))
}
