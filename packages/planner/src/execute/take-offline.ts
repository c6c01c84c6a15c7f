import type { FileTree } from '@memhp/core'
import { blockFile } from '@memhp/kernel-files'
import { changeState } from './change-state'
import type { BlockBefore, Tried, UndoWrite } from './journal'
import { offlineTruth } from './truth'

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
export const takeOffline = (
  tree: FileTree,
  write: OfflineWrite,
  before: BlockBefore | null,
): Promise<Tried> =>
  changeState(tree, write, {
    before,
    wanted: {
      state: 'offline',
      undo: before && undoWriteFor(write.block, before),
      truth: (_now, seen) => offlineTruth(tree, { id: write.block, start: write.start }, seen),
    },
  })
