import type { Execution } from './journal'
import type { RollbackCause } from './journal-record'
import { keep, type Run, tell, Unrecorded } from './run'
import { type Undoing, undoJournal } from './undo'

/**
 * Undoes what the journal of a run tells. A journal that cannot be kept does not stop it: each write looks at the tree first, so
 * that a run whose undoing no line tells of can be undone once more.
 */
export async function rollBack(
  run: Run,
  because: RollbackCause,
): Promise<Undoing & Pick<Execution, 'unrecorded'>> {
  const lost: unknown[] = []
  const kept = async (entry: Parameters<typeof keep>[1]): Promise<void> => {
    if (lost.length > 0) return
    await keep(run, entry).catch((error: unknown) => {
      if (!(error instanceof Unrecorded)) throw error
      lost.push(error.cause)
    })
  }
  await tell(run, { kind: 'undo' })
  await kept({ kind: 'rollback', because })
  const undoing = await undoJournal(run.tree, run.journal, {
    already: run.undone,
    onUndoing: async ({ index, total, undoes, write }) => {
      await tell(run, { kind: 'undoing', index, total, write })
      await kept({ kind: 'undoing', undoes, write })
    },
    onUndone: (entry) => kept({ kind: 'undone', entry }),
  })
  await kept({ kind: 'end', outcome: because === 'asked' ? 'undone' : because })
  return lost.length === 0 ? undoing : { ...undoing, unrecorded: lost[0] }
}
