import type { LeafTableKeeping } from '../model/page-table-geometry'
import { clearLeafTables } from './clear-leaf-tables'
import { dropLeafTables, leafEntry, leafTableAt, leafWords } from './leaf-tables'
import { putLeafTables } from './put-leaf-tables'
import type { LeafTableOperations } from './table-types'

const OPERATIONS: LeafTableOperations = {
  keeps: 'tables full of leaves',
  at: leafTableAt,
  entry(tables, pfn, index) {
    const table = leafTableAt(tables, pfn)
    return table && leafEntry(tables.shape, table, index)
  },
  words(tables, pfn) {
    const table = leafTableAt(tables, pfn)
    return table && leafWords(tables.shape, table)
  },
  drop: dropLeafTables,
  put: putLeafTables,
  clear: clearLeafTables,
}

/**
 * For architectures that map much memory by base pages: a gibibyte is a handful of numbers, not a quarter of a million entries.
 * @beta
 */
export const LEAF_TABLES: LeafTableKeeping = OPERATIONS
