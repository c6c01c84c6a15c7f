import { invariant } from '../errors/invariant'
import { bootTable } from './boot-table'
import { leafTableAt, leafWords, type StoredTable, storedTables } from './leaf-tables'
import { isBootFrame, levelAt, regionNamed, regionsIn } from './table-shape'
import type { StoredTables, TablePlace, TableShape } from './table-types'

/** Which table of boot's has a frame. */
function bootPlace(shape: TableShape, pfn: number): TablePlace {
  if (pfn === shape.bootRootPfn) {
    const [region] = regionsIn(shape)
    invariant(region, 'A region is in the tables.')
    return { region, level: levelAt(shape, 0), offset: 0, pfn }
  }
  const area = shape.bootAreas.findLast(({ start }) => start <= pfn)
  invariant(area, 'The frame is that of a boot table.')
  const number = (pfn - area.start) / area.tablePages
  return {
    region: regionNamed(shape, area.region),
    level: levelAt(shape, area.level),
    offset: number * area.tableSpanBytes,
    pfn,
  }
}

/** Whether a table was written down, and is again what boot made it. */
function isAsBoot(tables: StoredTables, pfn: number): boolean {
  const words = tables.state.tables.get(pfn)
  if (words === undefined || !isBootFrame(tables.shape, pfn)) return false
  return areSame(words, bootTable(tables, bootPlace(tables.shape, pfn)))
}

/** Whether two tables of as many entries hold the same. Without a call for each word. */
function areSame(words: Uint32Array, others: Uint32Array): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== others[i]) return false
  return true
}

/** The stored tables, but for those that are as boot made them. */
export function* changedTables(tables: StoredTables): Generator<StoredTable> {
  for (const table of storedTables(tables)) if (!isAsBoot(tables, table.pfn)) yield table
}

/** Their words, whichever form they are stored in, from the lowest place up: for comparing. */
export function changedWords(tables: StoredTables): ReadonlyMap<number, Uint32Array> {
  const { shape, state } = tables
  const places = Array.from(changedTables(tables), ({ pfn }) => pfn).sort((a, b) => a - b)
  return new Map(
    places.map((pfn) => {
      const table = leafTableAt(tables, pfn)
      const words = table === undefined ? state.tables.get(pfn) : leafWords(shape, table)
      return [pfn, words ?? new Uint32Array()]
    }),
  )
}
