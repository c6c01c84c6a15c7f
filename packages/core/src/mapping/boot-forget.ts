import { alignDown, alignUp } from '../address/units'
import { bootEntry, bootTable } from './boot-table'
import { isStored } from './leaf-tables'
import { childPlace } from './page-tables'
import type { PageTables, TablePlace } from './table-place'
import { entryIndex, isBootFrame, tableSpan } from './table-shape'

/** A table and the part of its region in question, in bytes from the region's base. */
export interface TablePart {
  readonly place: TablePlace
  readonly start: number
  readonly end: number
}

/**
 * Forgets the boot tables of a part of a region that are again what boot made them, from the bottom up.
 * Costs little where an entry beside the part still differs, else the comparison of the tables that lead there.
 */
export function forgetUnchangedBootTables(tables: PageTables, part: TablePart): void {
  staysStored(tables, part)
}

/** @returns whether the table is in `state.tables` afterwards */
function staysStored(tables: PageTables, part: TablePart): boolean {
  const { shape, state } = tables
  const { place } = part
  const words = state.tables.get(place.pfn)
  if (words === undefined) return false
  if (!isBootFrame(shape, place.pfn)) return true
  if (keepsChild(tables, words, part)) return true
  if (differsBeside(tables, words, part)) return true
  if (!sameWords(words, bootTable(tables, place))) return true
  if (leadsToStored(tables, words, place)) return true
  state.tables.delete(place.pfn)
  return false
}

/** Whether any entry of the table leads to a stored one. In the root, those of both regions count. */
function leadsToStored(tables: PageTables, words: Uint32Array, place: TablePlace): boolean {
  const { shape } = tables
  const { entries } = shape.geometry
  const { index: level } = place.level
  const none = entries.none(level)
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i] ?? 0
    const high = words[i + 1] ?? 0
    if (low === none.low && high === none.high) continue
    if (entries.isNone(low, high, level) || entries.isLeaf(low, high, level)) continue
    if (isStored(tables, entries.address(low, high, level) / shape.pageBytes)) return true
  }
  return false
}

/** Whether a table below the part stays stored, once those that are unchanged are forgotten. */
function keepsChild(tables: PageTables, words: Uint32Array, part: TablePart): boolean {
  const { entries } = tables.shape.geometry
  const { place, start, end } = part
  const { level, region } = place
  if (level.index + 1 === tables.shape.levels.length) return false
  let found = false
  for (let at = alignDown(start, level.spanBytes); at < end; at += level.spanBytes) {
    const index = entryIndex(region, level, at)
    const low = words[2 * index] ?? 0
    const high = words[2 * index + 1] ?? 0
    if (entries.isNone(low, high, level.index) || entries.isLeaf(low, high, level.index)) continue
    const page = entries.address(low, high, level.index) / tables.shape.pageBytes
    if (!isBootFrame(tables.shape, page)) {
      // Boot has tables where it mapped something: elsewhere no other can be forgotten.
      if (!hasBootTables(tables, part)) return true
      found = true
      continue
    }
    const below = { start: Math.max(at, start), end: Math.min(at + level.spanBytes, end) }
    const child = childPlace(tables, place, { low, high, offset: below.start })
    if (staysStored(tables, { place: child, ...below })) found = true
  }
  return found
}

/** Whether boot mapped anything by the entries over a part, or has tables there all the same. */
const hasBootTables = ({ shape, state }: PageTables, { place, start, end }: TablePart): boolean =>
  (place.level.index === 0 && shape.geometry.secondTables === 'at-boot') ||
  state.boot[place.region.name].some(
    ({ offset, sizeBytes }) =>
      offset < alignUp(end, place.level.spanBytes) &&
      offset + sizeBytes > alignDown(start, place.level.spanBytes),
  )

/** Whether the entry before or behind the part is not what boot made it: the usual case while others are in use. */
function differsBeside(tables: PageTables, words: Uint32Array, part: TablePart): boolean {
  const { place, start, end } = part
  const { level, region } = place
  const span = tableSpan(region, level, place.offset)
  return [start - 1, end].some((offset) => {
    if (offset < span.start || offset >= span.end) return false
    const index = entryIndex(region, level, offset)
    const { low, high } = bootEntry(tables, { ...place, offset })
    return words[2 * index] !== low || words[2 * index + 1] !== high
  })
}

function sameWords(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
