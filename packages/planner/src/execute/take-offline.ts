import type { FileTree } from '@memhp/core'
import { blockFile } from '@memhp/kernel-files'
import { readWord, tryWrite } from './block-files'
import type { Inconsistency } from './inconsistency'
import { type BlockBefore, GONE, type Tried, type UndoWrite } from './journal'
import { lookBefore, offlineTruth } from './truth'

/** A write that takes a block offline. */
interface OfflineWrite extends UndoWrite {
  readonly block: number
  /** Its first byte, where that is known. */
  readonly start: number | undefined
}

/** The write that brings a block back to where it was, or online where its zone was not known; null where it was not online. */
export function undoWriteFor(block: number, before: BlockBefore): UndoWrite | null {
  if (before.state !== 'online') return null
  const ofZone = before.zone === 'Movable' ? 'online_movable' : 'online_kernel'
  const text = before.zone === null ? 'online' : ofZone
  return { path: blockFile(block, 'state'), text }
}

/** Takes a block offline. The file is not believed: `state`, `online`, MemTotal and /proc/iomem have to agree. */
export async function takeOffline(
  tree: FileTree,
  write: OfflineWrite,
  before: BlockBefore | null,
): Promise<Tried> {
  const { block, path, start } = write
  if (before === null) return { result: GONE, undo: null }
  if (before.state === 'offline')
    return { result: { kind: 'skipped', why: 'The block is offline already.' }, undo: null }
  const seen = await lookBefore(tree)
  const written = await tryWrite(tree, write)
  const state = await readWord(tree, blockFile(block, 'state'))
  const undo = state === 'offline' ? undoWriteFor(block, before) : null
  // A write that was cut short may have done its work all the same.
  if (written.kind !== 'done') return { result: written, undo }
  if (state !== 'offline') {
    const message = `memory${block} accepted “offline” and reads “${state ?? 'nothing'}”.`
    const found: readonly Inconsistency[] = [{ kind: 'block-not-offline', path, message }]
    return { result: { kind: 'inconsistent', found }, undo: null }
  }
  const found = await offlineTruth(tree, { id: block, start }, seen)
  return { result: found.length === 0 ? written : { kind: 'inconsistent', found }, undo }
}
