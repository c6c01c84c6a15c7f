import { alignDown } from '../address/units'
import { leavesOfFull } from './full-table'
import { leafSpan } from './leaf-run'
import { childPlace, leafStep, readEntry, readTable, rootPlace } from './page-tables'
import { entryIndex } from './table-shape'
import type {
  FoundLeaf,
  FoundLeaves,
  LevelShape,
  PageTables,
  RegionPart,
  RegionShape,
  TablePlace,
  TableShape,
} from './table-types'
import { countSteps, NO_STEP } from './words'

/** What a walk reports. Leaves that the part only touches are reported whole. */
export interface TableVisitor {
  leaf?(leaf: FoundLeaf): void
  /** Leaves of a table that map neighbouring memory, where nothing else tells them apart; default: each as a `leaf`. */
  leaves?(leaves: FoundLeaves): void
  /** A table, before what is in it. @returns `skip` to leave out what is below */
  table?(place: TablePlace): 'enter' | 'skip'
}

/** Walks the tables over a part of a region, ascending. Changes nothing and stores no boot table. */
export function walkTables(tables: PageTables, part: RegionPart, visitor: TableVisitor): void {
  if (part.start >= part.end) return
  walkTable(tables, rootPlace(tables, part.region, part.start), part, visitor)
}

function walkTable(
  tables: PageTables,
  place: TablePlace,
  part: RegionPart,
  visitor: TableVisitor,
): void {
  if (visitor.table?.(place) === 'skip') return
  const full = visitor.leaves && leavesOfFull(tables, place, part)
  if (full !== undefined) {
    visitor.leaves?.(full)
    return
  }
  const { entries } = tables.shape.geometry
  const { level, region } = place
  const words = readTable(tables, place)
  const { spanBytes } = level
  let at = alignDown(part.start, spanBytes)
  for (let index = entryIndex(region, level, at); at < part.end; index++, at += spanBytes) {
    const low = words[2 * index] ?? 0
    const high = words[2 * index + 1] ?? 0
    const most = Math.ceil((part.end - at) / spanBytes)
    const isNone = entries.isNone(low, high, level.index)
    if (isNone || entries.isLeaf(low, high, level.index)) {
      const others = isNone
        ? countSteps(words, { index, most }, NO_STEP) - 1
        : reportLeaf(tables.shape, visitor, { words, level, index, at, most })
      index += others
      at += others * spanBytes
      continue
    }
    const below = {
      region,
      start: Math.max(at, part.start),
      end: Math.min(at + spanBytes, part.end),
    }
    walkTable(tables, childPlace(tables, place, { low, high, offset: below.start }), below, visitor)
  }
}

/**
 * @param entry a leaf, or one of a run
 * @param entry.most entries from it on that the walk is about
 * @returns how many entries behind this one are reported, too
 */
function reportLeaf(
  shape: TableShape,
  visitor: TableVisitor,
  entry: { words: Uint32Array; level: LevelShape; index: number; at: number; most: number },
): number {
  const { words, level, index, at, most } = entry
  const low = words[2 * index] ?? 0
  const high = words[2 * index + 1] ?? 0
  const run = level.run?.spanOf({ low, high }, at)
  if (run === undefined) {
    const leaf = { offset: at, sizeBytes: level.spanBytes, level, low, high }
    if (visitor.leaves === undefined) {
      visitor.leaf?.(leaf)
      return 0
    }
    const count = countSteps(words, { index, most }, leafStep(shape, level, 0))
    visitor.leaves({ ...leaf, count })
    return count - 1
  }
  const { offset, sizeBytes, entries } = run
  const before = (at - offset) / level.spanBytes
  const first = 2 * (index - before)
  visitor.leaf?.({ offset, sizeBytes, level, low: words[first] ?? 0, high: words[first + 1] ?? 0 })
  return entries - before - 1
}

/** The leaf that maps a byte of a region, or undefined. Costs one entry a level. */
export function findLeaf(
  tables: PageTables,
  region: RegionShape,
  offset: number,
): FoundLeaf | undefined {
  const { entries } = tables.shape.geometry
  let place = rootPlace(tables, region, offset)
  for (;;) {
    const { level } = place
    const { low, high } = readEntry(tables, place)
    if (entries.isNone(low, high, level.index)) return undefined
    if (entries.isLeaf(low, high, level.index)) {
      const leaf = leafSpan(level, { low, high }, offset)
      if (leaf.entries === 1) return { ...leaf, level, low, high }
      return { ...leaf, level, ...readEntry(tables, { ...place, offset: leaf.offset }) }
    }
    place = childPlace(tables, place, { low, high, offset })
  }
}
