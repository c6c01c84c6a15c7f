import type { FileTree } from '@memhp/core'
import type { OnlineStep } from '../plan/plan'
import { readBlock, tryWrite } from './block-files'
import type { Inconsistency } from './inconsistency'
import { type BlockBefore, GONE, type Tried, type UndoWrite } from './journal'
import { lookBefore, onlineTruth } from './truth'

/** What brings a block back that was offline. */
export const undoOnline = ({ path }: Pick<OnlineStep, 'path'>): UndoWrite => ({
  path,
  text: 'offline',
})

/** What contradicts that a block came to the zone that was asked for; a plain `online` leaves that to the kernel. */
function zoneTruth({ block, path, text }: OnlineStep, { zone }: BlockBefore): Inconsistency[] {
  if (zone === null || text === 'online') return []
  if ((zone === 'Movable') === (text === 'online_movable')) return []
  const message = `memory${block} accepted “${text}” and is in ${zone}.`
  return [{ kind: 'zone-differs', path: path.replace(/state$/, 'valid_zones'), message }]
}

/** Brings a block online. The file is not believed: `state`, `valid_zones`, `online` and MemTotal have to agree. */
export async function bringOnline(
  tree: FileTree,
  step: OnlineStep,
  before: BlockBefore | null,
): Promise<Tried> {
  const { block, path, text } = step
  if (before === null) return { result: GONE, undo: null }
  if (before.state === 'online')
    return { result: { kind: 'skipped', why: 'The block is online already.' }, undo: null }
  const seen = await lookBefore(tree)
  const written = await tryWrite(tree, step)
  const now = await readBlock(tree, block)
  const undo = now?.state === 'online' ? undoOnline(step) : null
  if (written.kind !== 'done') return { result: written, undo }
  if (now?.state !== 'online') {
    const message = `memory${block} accepted “${text}” and reads “${now?.state ?? 'nothing'}”.`
    const found: readonly Inconsistency[] = [{ kind: 'block-not-online', path, message }]
    return { result: { kind: 'inconsistent', found }, undo }
  }
  const found = [...zoneTruth(step, now), ...(await onlineTruth(tree, block, seen))]
  return { result: found.length === 0 ? written : { kind: 'inconsistent', found }, undo }
}
