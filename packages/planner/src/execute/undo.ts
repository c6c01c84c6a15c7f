import type { FileTree } from '@memhp/core'
import { blockPath, readBlock, tryWrite } from './block-files'
import type { BlockBefore, JournalEntry, StepResult, UndoEntry, UndoWrite } from './journal'

/** The write that brings a block back to where it was; null where it was not online in one zone. */
export function undoWriteFor(block: number, before: BlockBefore): UndoWrite | null {
  if (before.state !== 'online' || before.zone === null) return null
  const text = before.zone === 'Movable' ? 'online_movable' : 'online_kernel'
  return { path: blockPath(block, 'state'), text }
}

async function checkZone(
  tree: FileTree,
  entry: JournalEntry & { readonly write: UndoWrite },
): Promise<StepResult> {
  const { step, before } = entry
  if (step.kind !== 'offline' || before === null) return { kind: 'done' }
  const now = await readBlock(tree, step.block)
  if (now?.state === 'online' && now.zone === before.zone) return { kind: 'done' }
  const where = now?.state === 'online' ? `in ${now.zone ?? 'no zone'}` : (now?.state ?? 'gone')
  const path = blockPath(step.block, 'valid_zones')
  const message = `memory${step.block} was in ${before.zone ?? 'no zone'} and is now ${where}.`
  return { kind: 'inconsistent', found: [{ kind: 'zone-differs', path, message }] }
}

/** A sentence about what an undo left behind; undefined where it left nothing. */
function leftoverOf({ write, result }: UndoEntry): string | undefined {
  if (result.kind === 'refused') {
    return `${write.path} refused “${write.text}” with ${result.errno}: ${result.message}`
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

/**
 * Undoes what can be undone of a journal, last first. A refusal does not stop it: as much as possible is put back.
 */
export async function undoJournal(
  tree: FileTree,
  journal: readonly JournalEntry[],
): Promise<Undoing> {
  const undone: UndoEntry[] = []
  const leftovers: string[] = []
  for (const entry of journal.toReversed()) {
    const { undo: write, result, step } = entry
    if (step.kind === 'eject' && result.kind === 'done') {
      leftovers.push(
        `${step.device} is ejected: only its firmware or hypervisor can plug it again.`,
      )
    }
    if (write === null) continue
    const index = journal.length + undone.length
    const written = await tryWrite(tree, write)
    const checked = written.kind === 'done' ? await checkZone(tree, { ...entry, write }) : written
    const undoEntry: UndoEntry = { index, undoes: entry.index, write, result: checked }
    undone.push(undoEntry)
    const leftover = leftoverOf(undoEntry)
    if (leftover !== undefined) leftovers.push(leftover)
  }
  return { undone, leftovers }
}
