import { type BlockId, blockId, ONLINE_TYPES, type OnlineType } from '@memhp/core'
import { type BlockView, blockIn } from './observation'
import type { Step } from './step'

/** A write to `state` or `online` of a block that exists. */
export interface BlockWrite {
  readonly id: BlockId
  readonly file: 'state' | 'online'
  readonly text: string
  readonly before: BlockView
  readonly after: BlockView
}

const BLOCK_FILE =
  /^\/sys\/(?:devices\/system|bus)\/memory\/(?:devices\/)?memory(\d+)\/(state|online)$/

/** What a step wrote to a block, undefined for other steps. */
export function blockWriteOf(step: Step): BlockWrite | undefined {
  const { operation } = step
  if (operation.op !== 'write' || operation.value === '') return undefined
  const [, digits, file] = BLOCK_FILE.exec(operation.path) ?? []
  if (digits === undefined) return undefined
  const id = blockId(Number(digits))
  const before = blockIn(step.before, id)
  const after = blockIn(step.after, id)
  if (before === undefined || after === undefined) return undefined
  return { id, file: file === 'state' ? 'state' : 'online', text: operation.value, before, after }
}

/** The word of a write to `state`; undefined for what is none. */
export function stateWord(text: string): OnlineType | undefined {
  const word = text.endsWith('\n') ? text.slice(0, -1) : text
  return ONLINE_TYPES.find((type) => type === word)
}

/** The truth of a write to `online`; undefined for what is none. */
export function onlineTruth(text: string): boolean | undefined {
  if (/^([1yt]|on)/i.test(text)) return true
  return /^([0nf]|of)/i.test(text) ? false : undefined
}

/** What a write asks of a block that is in the other state: a real attempt to change it. */
export interface Attempt extends BlockWrite {
  readonly to: 'online' | 'offline'
  /** The type that decides the zone: what was written, else what was stored, else plain `online`. */
  readonly type: OnlineType
}

/** The attempt that a step makes, undefined where it makes none. */
export function attemptOf(step: Step): Attempt | undefined {
  const write = blockWriteOf(step)
  if (write === undefined) return undefined
  const wanted = wantedOf(write)
  if (wanted === undefined) return undefined
  const to = wanted === 'offline' ? 'offline' : 'online'
  return to === write.before.state ? undefined : { ...write, to, type: wanted }
}

function wantedOf({ file, text, before }: BlockWrite): OnlineType | undefined {
  if (file === 'state') return stateWord(text)
  const truth = onlineTruth(text)
  if (truth === undefined) return undefined
  if (!truth) return 'offline'
  return before.pendingType === 'offline' ? 'online' : before.pendingType
}

/** The errno of a step, null where it was done. */
export const errnoOf = ({ outcome }: Step): string | null =>
  outcome.kind === 'done' ? null : outcome.errno
