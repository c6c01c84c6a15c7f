import type { StoredTables } from './table-types'

/** Whether a table at a place is stored, written down or not (`leaf-tables.ts`). */
export const isStored = ({ shape, state }: StoredTables, pfn: number): boolean =>
  state.tables.has(pfn) || shape.leafTables?.at({ shape, state }, pfn) !== undefined
