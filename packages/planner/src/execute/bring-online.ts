import type { FileTree } from '@memhp/core'
import type { OnlineStep } from '../plan/plan'
import { changeState } from './change-state'
import type { Inconsistency } from './inconsistency'
import type { BlockBefore, Tried, UndoWrite } from './journal'
import { onlineTruth } from './truth'

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
export const bringOnline = (
  tree: FileTree,
  step: OnlineStep,
  before: BlockBefore | null,
): Promise<Tried> =>
  changeState(tree, step, {
    before,
    wanted: {
      state: 'online',
      undo: undoOnline(step),
      truth: async (now, seen) => [
        ...zoneTruth(step, now),
        ...(await onlineTruth(tree, step.block, seen)),
      ],
    },
  })
