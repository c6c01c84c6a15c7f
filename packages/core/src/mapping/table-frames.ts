import { type NodeId, pfn } from '../address/brand'
import type { FrameRuns } from '../allocator/frame-runs'
import { emptyTable, isBootFrame, placeAfter } from './table-shape'
import type { LevelShape, PageTables, TableRun } from './table-types'

/** A new table, stored. */
export interface TakenTable {
  /** As in `TablePlace`. */
  readonly pfn: number
  /** Its entries, which map nothing yet. */
  readonly words: Uint32Array
  /** Pages that were taken from the page allocator: 0 where a page had room. */
  readonly pages: number
}

/** What a new table is for, and where its page is to be from. */
export interface TableRequest {
  readonly level: LevelShape
  /** Node that a page is taken from if it has memory; a partly used page serves wherever it is. */
  readonly nodeId: NodeId
}

/**
 * Takes memory for a table and stores it empty.
 * @returns undefined where there is no page; nothing has changed then
 */
export function takeTable(tables: PageTables, request: TableRequest): TakenTable | undefined {
  const { shape, frames } = tables
  const { level, nodeId } = request
  const words = emptyTable(shape, level)
  const free = shape.sharing?.freePlace(tables, level)
  if (free !== undefined) {
    storeTable(tables, { pfn: free, level }, words)
    return { pfn: free, words, pages: 0 }
  }
  const order = level.tableOrder
  const taken = frames.allocate({ order, nodeId, kind: 'table' })
  if (taken === null) return undefined
  storeTable(tables, { pfn: taken, level }, words)
  return { pfn: taken, words, pages: 2 ** order }
}

function storeTable(
  tables: PageTables,
  { pfn: at, level }: { readonly pfn: number; readonly level: LevelShape },
  words: Uint32Array,
): void {
  tables.state.tables.set(at, words)
  tables.shape.sharing?.notePage(tables, Math.floor(at), level)
}

/**
 * Forgets tables: all written down, or all full of leaves and of one stretch. Pages that hold no other go back to the page
 * allocator; those of a boot table go nowhere (`boot-table.ts`).
 * @param freed takes single pages on their way back
 * @returns pages that go back
 */
export function giveBackTables(
  tables: PageTables,
  gone: TableRun & { readonly level: LevelShape },
  freed: FrameRuns,
): number {
  const { shape, state, frames } = tables
  const { pfn: at, count, level } = gone
  if (state.tables.has(at))
    for (let i = 0; i < count; i++) state.tables.delete(placeAfter(level, at, i))
  else shape.leafTables?.drop(tables, gone)
  if (isBootFrame(shape, at)) return 0
  const order = level.tableOrder
  if (order > 0) {
    for (let i = 0; i < count; i++) frames.free({ pfn: pfn(placeAfter(level, at, i)), order })
    return count * 2 ** order
  }
  if (shape.sharing !== undefined) return shape.sharing.giveBack(tables, gone, freed)
  freed.add(at, count)
  return count
}
