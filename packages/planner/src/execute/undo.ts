import type { Awaitable, FileTree } from '@memhp/core'
import { blockDirectory, blockFile } from '@memhp/kernel-files'
import type { OnlineStep, ResizeStep } from '../plan/plan'
import { readBlock, tryWrite } from './block-files'
import type { Inconsistency } from './inconsistency'
import {
  type Execution,
  hasFailed,
  type JournalEntry,
  type StepResult,
  type UndoEntry,
  type UndoWrite,
} from './journal'
import { sizeTruth } from './resize'
import { writeSetting } from './setting'
import { takeOffline, undoWriteFor } from './take-offline'
import { lookBefore, onlineTruth } from './truth'
import { blocksStillThere } from './verify'

async function checkBack(
  tree: FileTree,
  { blocks, name }: { readonly blocks: readonly number[]; readonly name: string },
): Promise<StepResult> {
  const there = new Set(await blocksStillThere(tree, blocks))
  const missing = blocks.filter((block) => !there.has(block))
  if (missing.length === 0) return { kind: 'done' }
  const found = missing.map((block): Inconsistency => {
    const message = `${name} was added again, and memory${block} is not there.`
    return { kind: 'device-not-back', path: blockDirectory(block), message }
  })
  return { kind: 'inconsistent', found }
}

async function checkUndone(
  tree: FileTree,
  entry: JournalEntry & { readonly write: UndoWrite },
): Promise<StepResult> {
  const { step, before } = entry
  if (step.kind === 'remove') return checkBack(tree, step)
  if (step.kind !== 'offline') return DONE
  if (before === null) return { kind: 'done' }
  const now = await readBlock(tree, step.block)
  if (now?.state === 'online' && now.zone === before.zone) return { kind: 'done' }
  const where = now?.state === 'online' ? `in ${now.zone ?? 'no zone'}` : (now?.state ?? 'gone')
  const path = blockFile(step.block, 'valid_zones')
  const message = `memory${step.block} was in ${before.zone ?? 'no zone'} and is now ${where}.`
  return { kind: 'inconsistent', found: [{ kind: 'zone-differs', path, message }] }
}

/** A sentence about what an undo left behind; undefined where it left nothing. */
function leftoverOf({ write, result }: UndoEntry): string | undefined {
  if (result.kind === 'refused') {
    // What a hypervisor is told is long, and lies in no file.
    const what = write.path.startsWith('/') ? ` “${write.text}”` : ''
    return `${write.path} refused${what} with ${result.errno}: ${result.message}`
  }
  return result.kind === 'inconsistent'
    ? result.found.map(({ message }) => message).join(' ')
    : undefined
}

/** What undoing came to. */
export interface Undoing {
  readonly undone: readonly UndoEntry[]
  readonly leftovers: readonly string[]
}

/** What is gone for good: nothing asks firmware for it, or it was asked and refused. */
const goneText = ({ step }: JournalEntry): string =>
  `${step.kind === 'remove' ? step.name : ''} is removed: only its firmware or hypervisor can plug it again.`

/**
 * Brings a block back to where it was, or a device whose blocks are not there. A block that came back by itself in another zone goes
 * offline first.
 */
async function bringBack(
  tree: FileTree,
  entry: JournalEntry & { readonly write: UndoWrite },
): Promise<StepResult> {
  const { step, before, write } = entry
  if (step.kind === 'resize') return sizeBack(tree, step, write)
  if (step.kind === 'set') return (await writeSetting(tree, write)).result
  if (step.kind === 'online') return takeBack(tree, step, write)
  if (step.kind === 'remove' && step.blocks.length > 0) {
    const there = await checkBack(tree, step)
    if (there.kind === 'done') return there
  }
  if (step.kind === 'offline') {
    const now = await readBlock(tree, step.block)
    if (now?.state === 'online' && now.zone === before?.zone) return { kind: 'done' }
    if (now?.state === 'online') {
      const offlined = await tryWrite(tree, { path: write.path, text: 'offline' })
      if (offlined.kind !== 'done') return offlined
    }
  }
  const seen = await lookBefore(tree)
  const written = await tryWrite(tree, write)
  if (written.kind !== 'done') return written
  const checked = await checkUndone(tree, entry)
  if (checked.kind !== 'done' || step.kind === 'remove') return checked
  const found = await onlineTruth(tree, step.block, seen)
  return found.length === 0 ? checked : { kind: 'inconsistent', found }
}

/** Takes a block offline that a run brought online; one that is gone, or offline already, is left so. */
async function takeBack(
  tree: FileTree,
  { block }: OnlineStep,
  write: UndoWrite,
): Promise<StepResult> {
  const now = await readBlock(tree, block)
  if (now === undefined || now.state === 'offline') return DONE
  return (await takeOffline(tree, { ...write, block, start: undefined }, now)).result
}

/** What a run took away that no write brings back, as sentences. */
export const lostTexts = ({ journal }: Pick<Execution, 'journal'>): readonly string[] =>
  journal.filter((entry) => isGone(entry) && entry.undo === null).map(goneText)

/** Asks for the size that was asked for before; blocks that come back go to the zones that they were in. */
async function sizeBack(tree: FileTree, step: ResizeStep, write: UndoWrite): Promise<StepResult> {
  const written = await tryWrite(tree, write)
  if (written.kind !== 'done') return written
  const found = [...(await sizeTruth(tree, step, Number(write.text)))]
  for (const { zone, blocks } of step.online) {
    for (const block of blocks) {
      const before = { state: 'online', zone }
      const online = undoWriteFor(block, before)
      if (online === null) continue
      const now = await readBlock(tree, block)
      if (now?.state === 'online' && now.zone === zone) continue
      const offline = { kind: 'offline', block, path: online.path, text: 'offline' } as const
      const entry = { index: 0, step: offline, before, result: DONE, undo: online, write: online }
      const result = now === undefined ? notBack(step.name, block) : await bringBack(tree, entry)
      found.push(...differencesOf(result, online))
    }
  }
  return found.length === 0 ? DONE : { kind: 'inconsistent', found }
}

const DONE: StepResult = { kind: 'done' }

const notBack = (name: string, block: number): StepResult => {
  const message = `${name} has its size again, and memory${block} is not there.`
  return {
    kind: 'inconsistent',
    found: [{ kind: 'device-not-back', path: blockDirectory(block), message }],
  }
}

/** What is wrong with a block that was to come back. */
function differencesOf(result: StepResult, { path, text }: UndoWrite): readonly Inconsistency[] {
  if (result.kind === 'inconsistent') return result.found
  if (result.kind !== 'refused') return []
  const message = `${path} refused “${text}” with ${result.errno}: ${result.message}`
  return [{ kind: 'zone-differs', path, message }]
}

/** Whether a device is gone, whatever else is wrong with it. */
const isGone = ({ step, result }: JournalEntry): boolean =>
  step.kind === 'remove' &&
  (result.kind === 'done' ||
    (result.kind === 'inconsistent' &&
      result.found.every(({ kind }) => kind === 'iomem-still-listed')))

/** Blocks of devices that are gone for good: there is nothing to bring back. */
const blocksGone = (entries: readonly JournalEntry[]): ReadonlySet<number> =>
  new Set(entries.flatMap(({ step }) => (step.kind === 'remove' ? step.blocks : [])))

/** What `undoJournal` is told besides the journal, and tells. */
export interface UndoOptions {
  /** What was undone of it before: that is left alone, but for what failed. */
  readonly already?: readonly UndoEntry[]
  /** Told of each write before it is made; `index` of `total`. */
  readonly onUndoing?: (next: {
    readonly index: number
    readonly total: number
    readonly undoes: number
    readonly write: UndoWrite
  }) => Awaitable<void>
  /** Told of each entry as it was undone, before the next. */
  readonly onUndone?: (entry: UndoEntry) => Awaitable<void>
}

/** What is left to be undone, last first. */
function toUndo(
  journal: readonly JournalEntry[],
  already: readonly UndoEntry[],
): readonly JournalEntry[] {
  const done = new Set(
    already.flatMap(({ undoes, result }) => (hasFailed({ result }) ? [] : undoes)),
  )
  return journal.filter(({ index }) => !done.has(index)).toReversed()
}

/** Entries of a run that a write can still put back, last first; without the blocks of devices that nothing asks back. */
export function entriesToUndo({
  journal,
  undone,
}: Pick<Execution, 'journal' | 'undone'>): readonly JournalEntry[] {
  const entries = toUndo(journal, undone)
  const gone = blocksGone(entries.filter((entry) => isGone(entry) && entry.undo === null))
  return entries.filter(
    ({ undo, step }) => undo !== null && !(step.kind === 'offline' && gone.has(step.block)),
  )
}

/**
 * Undoes what can be undone of a journal, last first. A refusal does not stop it: as much as possible is put back. Each write
 * looks at the tree first, so that what is undone already is left alone.
 */
export async function undoJournal(
  tree: FileTree,
  journal: readonly JournalEntry[],
  { already = [], onUndoing, onUndone }: UndoOptions = {},
): Promise<Undoing> {
  const undone: UndoEntry[] = []
  const leftovers: string[] = []
  const lost: JournalEntry[] = []
  const entries = toUndo(journal, already)
  const total = entries.filter(({ undo }) => undo !== null).length
  for (const entry of entries) {
    const { undo: write, step } = entry
    const isRemoved = isGone(entry)
    if (isRemoved && write === null) {
      lost.push(entry)
      leftovers.push(goneText(entry))
    }
    if (write === null || (step.kind === 'offline' && blocksGone(lost).has(step.block))) continue
    await onUndoing?.({ index: undone.length, total, undoes: entry.index, write })
    const undoEntry: UndoEntry = {
      index: journal.length + already.length + undone.length,
      undoes: entry.index,
      write,
      result: await bringBack(tree, { ...entry, write }),
    }
    undone.push(undoEntry)
    await onUndone?.(undoEntry)
    const leftover = leftoverOf(undoEntry)
    if (leftover === undefined) continue
    leftovers.push(leftover)
    if (isRemoved) {
      lost.push(entry)
      leftovers.push(goneText(entry))
    }
  }
  return { undone, leftovers }
}
