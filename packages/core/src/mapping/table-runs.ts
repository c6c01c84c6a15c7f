import { freePlace, notePage } from './shared-table-pages'
import type { TableRequest } from './table-frames'
import { placeAfter } from './table-shape'
import type { PageTables, TableRun } from './table-types'

/** How many tables there was memory for, and pages that were taken for them. */
export interface TakenTables {
  readonly count: number
  readonly pages: number
}

/**
 * Takes memory for tables in as few steps as there are runs of pages.
 * @param store told of each run, in order: stores what it is to hold, in either form
 */
export function takeTables(
  tables: PageTables,
  request: TableRequest & { readonly count: number },
  store: (run: TableRun) => void,
): TakenTables {
  const { frames } = tables
  const { level, nodeId, count } = request
  const { tablesPerPage, tableOrder: order } = level
  let [taken, pages] = [0, 0]
  const storeAt = (at: number, most: number): void => {
    const run = { pfn: at, count: Math.min(most, count - taken) }
    store(run)
    notePage(tables, Math.floor(placeAfter(level, at, run.count - 1)), level)
    taken += run.count
  }
  while (taken < count) {
    const free = freePlace(tables, level)
    if (free === undefined) break
    storeAt(free, 1)
  }
  while (order > 0 && taken < count) {
    const page = frames.allocate({ order, nodeId, kind: 'table' })
    if (page === null) break
    storeAt(page, 1)
    pages += 2 ** order
  }
  const left = order > 0 ? 0 : Math.ceil((count - taken) / tablesPerPage)
  if (left > 0)
    pages += frames.allocateRuns({ count: left, nodeId, kind: 'table' }, (run) =>
      storeAt(run.pfn, run.count * tablesPerPage),
    )
  return { count: taken, pages }
}
