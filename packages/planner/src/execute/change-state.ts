import type { FileTree } from '@memhp/core'
import { readBlock, tryWrite } from './block-files'
import type { Inconsistency } from './inconsistency'
import { type BlockBefore, GONE, type Tried, type UndoWrite } from './journal'
import { type Before, lookBefore } from './truth'

/** A write that takes a block offline, or brings it online. */
interface StateWrite extends UndoWrite {
  readonly block: number
}

/** What a block is to come to. */
interface StateWanted {
  readonly state: 'offline' | 'online'
  /** Takes it back, once the block is so; null where nothing can. */
  readonly undo: UndoWrite | null
  /** What else contradicts it, once the block's `state` says so. */
  truth(now: BlockBefore, seen: Before): Promise<readonly Inconsistency[]>
}

/** Writes what a block is to be. The file is not believed: what the tree then shows has to agree. */
export async function changeState(
  tree: FileTree,
  { block, path, text }: StateWrite,
  { before, wanted }: { readonly before: BlockBefore | null; readonly wanted: StateWanted },
): Promise<Tried> {
  const { state } = wanted
  if (before === null) return { result: GONE, undo: null }
  if (before.state === state)
    return { result: { kind: 'skipped', why: `The block is ${state} already.` }, undo: null }
  const seen = await lookBefore(tree)
  const written = await tryWrite(tree, { path, text })
  const now = await readBlock(tree, block)
  const undo = now?.state === state ? wanted.undo : null
  // A write that was cut short may have done its work all the same.
  if (written.kind !== 'done') return { result: written, undo }
  if (now?.state !== state) {
    const message = `memory${block} accepted “${text}” and reads “${now?.state ?? 'nothing'}”.`
    const found: readonly Inconsistency[] = [{ kind: `block-not-${state}`, path, message }]
    return { result: { kind: 'inconsistent', found }, undo }
  }
  const found = await wanted.truth(now, seen)
  return { result: found.length === 0 ? written : { kind: 'inconsistent', found }, undo }
}
