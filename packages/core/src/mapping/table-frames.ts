import { type NodeId, pfn } from '../address/brand'
import { formatHex } from '../address/units'
import { invariant } from '../errors/invariant'
import type { MappingState } from '../model/mapping-state'
import type { PageTables } from './table-place'
import { emptyTable, isBootFrame, type LevelShape } from './table-shape'

/*
 * Where tables are. One takes whole pages, or shares a page with others of its level (`tablesPerPage`): table i of a page
 * is at pfn + i / tablesPerPage. A shared page is taken for its first table and goes back with its last one.
 *
 * | tables in the page | in `partlyUsedPages` | next table |
 * | --- | --- | --- |
 * | some | yes | in the lowest such page, at its lowest free place |
 * | all | no | in a new page, where no other is partly used |
 *
 * The kernel takes the partly used page that is first in its list; which one that is changes no count of pages.
 */

/** A new table, stored. */
export interface TakenTable {
  /** As in `TablePlace`. */
  readonly pfn: number
  /** Its entries, which map nothing yet. */
  readonly words: Uint32Array
  /** Pages that were taken from the page allocator: 0 where a page had room. */
  readonly pages: number
}

/**
 * Takes memory for a table and stores it empty.
 * @param request.nodeId node that a page is taken from if it has memory; a partly used page serves wherever it is
 * @returns undefined where there is no page; nothing has changed then
 */
export function takeTable(
  tables: PageTables,
  request: { readonly level: LevelShape; readonly nodeId: NodeId },
): TakenTable | undefined {
  const { shape, state, frames } = tables
  const { level, nodeId } = request
  const words = emptyTable(shape, level)
  const page = lowestPartlyUsed(state, level)
  if (page !== undefined) {
    const place = placesIn(page, level).find((each) => !state.tables.has(each))
    invariant(place !== undefined, `Page ${formatHex(page)} has room for a page table.`)
    state.tables.set(place, words)
    notePage(state, page, level)
    return { pfn: place, words, pages: 0 }
  }
  const order = level.tableOrder
  const taken = frames.allocate({ order, nodeId, kind: 'table' })
  if (taken === null) return undefined
  state.tables.set(taken, words)
  notePage(state, taken, level)
  return { pfn: taken, words, pages: 2 ** order }
}

/**
 * Takes a table out of `state.tables`. Pages that hold no other go back to the page allocator; those of a boot table go
 * nowhere (`boot-table.ts`).
 * @returns pages that went back
 */
export function giveBackTable(
  tables: PageTables,
  table: { readonly pfn: number; readonly level: LevelShape },
): number {
  const { shape, state, frames } = tables
  const { level } = table
  state.tables.delete(table.pfn)
  if (isBootFrame(shape, table.pfn)) return 0
  const page = Math.floor(table.pfn)
  if (notePage(state, page, level) > 0) return 0
  frames.free({ pfn: pfn(page), order: level.tableOrder })
  return 2 ** level.tableOrder
}

/** Where the tables of a page are. */
const placesIn = (page: number, { tablesPerPage }: LevelShape): readonly number[] =>
  Array.from({ length: tablesPerPage }, (_, i) => page + i / tablesPerPage)

function lowestPartlyUsed(state: MappingState, level: LevelShape): number | undefined {
  let lowest: number | undefined
  for (const [page, levelIndex] of state.partlyUsedPages) {
    if (levelIndex === level.index && page < (lowest ?? Infinity)) lowest = page
  }
  return lowest
}

/** Notes whether a page has tables and room for more. @returns how many tables it has */
function notePage(state: MappingState, page: number, level: LevelShape): number {
  const used = placesIn(page, level).filter((place) => state.tables.has(place)).length
  if (used > 0 && used < level.tablesPerPage) state.partlyUsedPages.set(page, level.index)
  else state.partlyUsedPages.delete(page)
  return used
}

/**
 * Checks that the pages which are noted as partly used are those that are.
 * @param linked levels of the stored tables, by where they are
 * @throws InvariantViolation
 */
export function checkPartlyUsed(
  { shape, state }: PageTables,
  linked: ReadonlyMap<number, LevelShape>,
): void {
  const pages = new Map<number, { readonly level: LevelShape; readonly tables: number }>()
  for (const [at, level] of linked) {
    if (level.tablesPerPage === 1 || isBootFrame(shape, at)) continue
    const page = Math.floor(at)
    const { level: first = level, tables = 0 } = pages.get(page) ?? {}
    invariant(
      first === level,
      `Page ${formatHex(page)} holds ${first.name} and ${level.name} tables.`,
    )
    pages.set(page, { level, tables: tables + 1 })
  }
  for (const [page, { level, tables }] of pages) {
    const expected = tables < level.tablesPerPage ? level.index : undefined
    const isNoted = state.partlyUsedPages.get(page) === expected
    invariant(
      isNoted,
      `Page ${formatHex(page)}: that it holds ${tables} ${level.name} tables is not noted.`,
    )
  }
  for (const page of state.partlyUsedPages.keys())
    invariant(pages.has(page), `Page ${formatHex(page)} is noted for page tables, and holds none.`)
}
