import { formatHex } from '../address/units'
import type { FrameRuns } from '../allocator/frame-runs'
import { invariant } from '../errors/invariant'
import type { MappingState } from '../model/mapping-state'
import type { TableSharing } from '../model/page-table-geometry'
import { isStored } from './stored'
import { isBootFrame, placeAfter } from './table-shape'
import type { LevelShape, PageTables, TableRun, TableSharingOperations } from './table-types'

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

/** A place in the lowest partly used page of a level; undefined where there is none. */
export function freePlace(tables: PageTables, level: LevelShape): number | undefined {
  const page = lowestPartlyUsed(tables.state, level)
  if (page === undefined) return undefined
  for (let i = 0; i < level.tablesPerPage; i++) {
    const at = page + i / level.tablesPerPage
    if (!isStored(tables, at)) return at
  }
  invariant(false, `Page ${formatHex(page)} has room for a page table.`)
}

function lowestPartlyUsed(state: MappingState, level: LevelShape): number | undefined {
  let lowest: number | undefined
  for (const [page, levelIndex] of state.partlyUsedPages) {
    if (levelIndex === level.index && page < (lowest ?? Infinity)) lowest = page
  }
  return lowest
}

/** Notes whether a page has tables and room for more. @returns how many tables it has */
export function notePage(tables: PageTables, page: number, level: LevelShape): number {
  const { tablesPerPage } = level
  if (tablesPerPage === 1) return isStored(tables, page) ? 1 : 0
  const { partlyUsedPages } = tables.state
  let used = 0
  for (let i = 0; i < tablesPerPage; i++) if (isStored(tables, page + i / tablesPerPage)) used += 1
  if (used > 0 && used < tablesPerPage) partlyUsedPages.set(page, level.index)
  else partlyUsedPages.delete(page)
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

/**
 * Gives back the pages of tables that were forgotten, but for those that hold others.
 * @param freed takes single pages on their way back
 * @returns pages that go back
 */
function giveBackShared(
  tables: PageTables,
  { pfn: at, count, level }: TableRun & { readonly level: LevelShape },
  freed: FrameRuns,
): number {
  // Tables beside them can be in the first page and in the last.
  const [lowest, highest] = [Math.floor(at), Math.floor(placeAfter(level, at, count - 1))]
  const first = notePage(tables, lowest, level) === 0 ? lowest : lowest + 1
  const isLastEmpty = highest > lowest && notePage(tables, highest, level) === 0
  const end = highest === lowest || isLastEmpty ? highest + 1 : highest
  if (first < end) freed.add(first, end - first)
  return Math.max(0, end - first)
}

const OPERATIONS: TableSharingOperations = {
  shares: 'pages of tables',
  freePlace,
  notePage,
  giveBack: giveBackShared,
}

/** Tables that are smaller than a page share one with others of their level. @beta */
export const SHARED_TABLE_PAGES: TableSharing = OPERATIONS
