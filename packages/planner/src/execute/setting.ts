import type { FileTree } from '@memhp/core'
import type { SetStep } from '../plan/plan'
import { readWord, tryWrite } from './block-files'
import { GONE_FILE, type Tried } from './journal'

/** Writes a setting, and reads it again. @returns what became of it, and what puts the value back that it had */
export async function writeSetting(
  tree: FileTree,
  { path, text }: Pick<SetStep, 'path' | 'text'>,
): Promise<Tried> {
  const before = await readWord(tree, path)
  if (before === undefined) return { result: GONE_FILE, undo: null }
  if (before === text)
    return { result: { kind: 'skipped', why: `It reads ${text} already.` }, undo: null }
  const written = await tryWrite(tree, { path, text })
  const after = await readWord(tree, path)
  const undo = after === before ? null : { path, text: before }
  if (written.kind !== 'done' || after === text) return { result: written, undo }
  const message = `${path} accepted “${text}” and reads “${after ?? 'nothing'}”.`
  const found = [{ kind: 'setting-differs', path, message } as const]
  return { result: { kind: 'inconsistent', found }, undo }
}
