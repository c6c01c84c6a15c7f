import { type BlockId, blockId, type Machine, ONLINE_TYPES, type OnlineType } from '@memhp/core'
import { findBlock } from '@memhp/core/inspect'
import type { MachineOperation } from '@memhp/trace'
import { hasBlockFile, readBlock } from './reading'
import type { BlockView, SeenBlocks } from './seen-blocks'

/** What is written to `state` or `online` of a block, before it is done. */
export interface WantedWrite {
  readonly id: BlockId
  readonly file: 'state' | 'online'
  readonly text: string
}

/** A write to `state` or `online` of a block that was there before and is there still. */
export interface BlockWrite {
  readonly id: BlockId
  readonly file: 'state' | 'online'
  readonly text: string
  readonly before: BlockView
  readonly after: BlockView
  /** Text of the block's `valid_zones`, before and after; null where it has none. */
  readonly validZones: { readonly before: string | null; readonly after: string | null }
}

const BLOCK_FILE =
  /^\/sys\/(?:devices\/system|bus)\/memory\/(?:devices\/)?memory(\d+)\/(state|online)$/

/** What an operation is about to write to a block; undefined for others. */
export function wantedWriteOf(
  machine: Machine,
  operation: MachineOperation,
): WantedWrite | undefined {
  if (operation.op !== 'write' || operation.value === '') return undefined
  const [, digits, file] = BLOCK_FILE.exec(operation.path) ?? []
  if (digits === undefined || file === undefined || !hasBlockFile(file)(machine)) return undefined
  const id = blockId(Number(digits))
  return { id, file: file === 'state' ? 'state' : 'online', text: operation.value }
}

/** Text of a block's `valid_zones`; null where it has none. */
export function validZonesOf(machine: Machine, id: BlockId): string | null {
  if (!hasBlockFile('valid_zones')(machine) || findBlock(machine, id) === undefined) return null
  return readBlock(machine, { id, name: 'valid_zones' })
}

/** What was written, once it is done or refused; undefined where the block was not there, or is not any more. */
export function writeOf(
  { id, file, text }: WantedWrite,
  blocks: { readonly before: SeenBlocks; readonly after: SeenBlocks },
  validZones: BlockWrite['validZones'],
): BlockWrite | undefined {
  const before = blocks.before.get(id)
  const after = blocks.after.get(id)
  if (before === undefined || after === undefined) return undefined
  return { id, file, text, before, after, validZones }
}

/** The words of `state` in the order in which a kernel tries them, and how it compares them. */
type StateWords = Pick<Machine['generation']['rules']['sysfs'], 'stateWords' | 'stateMatch'>

/**
 * The word of a write to `state`; undefined for what is none. Kernels of 2012 compare as many characters as the shorter of
 * text and word has.
 */
export function stateWord(
  text: string,
  { stateWords, stateMatch }: StateWords,
): OnlineType | undefined {
  if (stateMatch === 'exact') {
    const word = text.endsWith('\n') ? text.slice(0, -1) : text
    return ONLINE_TYPES.find((type) => type === word)
  }
  return stateWords.find((word) => {
    const length = Math.min(word.length, text.length)
    return word.slice(0, length) === text.slice(0, length)
  })
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

/** The attempt that a write makes, undefined where it makes none. */
export function attemptOf(write: BlockWrite | undefined, words: StateWords): Attempt | undefined {
  if (write === undefined) return undefined
  const wanted = wantedOf(write, words)
  if (wanted === undefined) return undefined
  const to = wanted === 'offline' ? 'offline' : 'online'
  return to === write.before.state ? undefined : { ...write, to, type: wanted }
}

function wantedOf({ file, text, before }: BlockWrite, words: StateWords): OnlineType | undefined {
  if (file === 'state') return stateWord(text, words)
  const truth = onlineTruth(text)
  if (truth === undefined) return undefined
  if (!truth) return 'offline'
  return before.pendingType === 'offline' ? 'online' : before.pendingType
}
