import { alignDown } from '../address/units'
import { invariant } from '../errors/invariant'
import type { PageTables, TablePlace } from './page-tables'
import type { BootMapping } from './state'
import {
  bootTablePfn,
  emptyTable,
  entryIndex,
  isBootFrame,
  type LevelShape,
  levelAt,
  type RegionShape,
  tableSpan,
} from './table-shape'

/*
 * Boot tables are not stored: what one holds follows from `state.boot` and from which table it is. A table is
 * written down when something in it changes, and forgotten when it is again what boot made it. So a machine of
 * 64 TiB boots as fast as one of 1 GiB, and a range that was added and removed leaves no trace.
 *
 * The frames of boot tables and of the boot memmap are numbered from `bootFrameBase`, above all memory, by which
 * table or stretch of the vmemmap they hold. On a real machine they are reserved pages somewhere in boot memory; how many
 * pages of it are reserved is known (present less managed pages), where they are is not, and no operation depends
 * on it. When a boot frame is released, its page stays reserved: no zone gains a managed page. (The kernel gives
 * it to the page allocator and counts one managed page more.)
 */

/** What boot laid out in a table. */
export function bootTable(tables: PageTables, place: TablePlace): Uint32Array {
  const { shape, state } = tables
  const { region, level, offset } = place
  invariant(
    place.pfn === bootTablePfn(shape, region, level, offset),
    `Page table ${place.pfn} exists.`,
  )
  const words = emptyTable(shape, level)
  const regions = level.index === 0 ? [shape.regions.direct, shape.regions.vmemmap] : [region]
  for (const each of regions) {
    const span = tableSpan(each, level, offset)
    for (const mapping of state.boot[each.name]) {
      const start = Math.max(span.start, mapping.offset)
      const end = Math.min(span.end, mapping.offset + mapping.sizeBytes)
      if (start < end) fillEntries(tables, { region: each, level, words, mapping, start, end })
    }
  }
  return words
}

function fillEntries(
  tables: PageTables,
  part: {
    readonly region: RegionShape
    readonly level: LevelShape
    readonly words: Uint32Array
    readonly mapping: BootMapping
    readonly start: number
    readonly end: number
  },
): void {
  const { shape } = tables
  const { region, level, words, mapping, start, end } = part
  const { entries } = shape.geometry
  const isLeaf = mapping.leafBytes === level.spanBytes
  invariant(mapping.leafBytes <= level.spanBytes, 'Boot has no table below a leaf.')
  for (let at = alignDown(start, level.spanBytes); at < end; at += level.spanBytes) {
    const entry = isLeaf
      ? entries.leaf(mapping.address + (at - mapping.offset), level.index)
      : entries.table(
          bootTablePfn(shape, region, levelAt(shape, level.index + 1), at) * shape.pageBytes,
        )
    const index = entryIndex(region, level, at)
    words[2 * index] = entry.low
    words[2 * index + 1] = entry.high
  }
}

/** Bytes that boot mapped in a part of a region, by leaf size. Whole leaves only. */
export function bootLeafBytes(
  tables: PageTables,
  part: { readonly region: RegionShape; readonly start: number; readonly end: number },
): Map<number, number> {
  const bytes = new Map<number, number>()
  for (const mapping of tables.state.boot[part.region.name]) {
    const start = Math.max(part.start, mapping.offset)
    const end = Math.min(part.end, mapping.offset + mapping.sizeBytes)
    if (start < end) bytes.set(mapping.leafBytes, (bytes.get(mapping.leafBytes) ?? 0) + end - start)
  }
  return bytes
}

/**
 * Forgets the boot tables of a part of a region that are again what boot made them, from the bottom up.
 * Costs the comparison of those that are written down there.
 */
export function forgetUnchangedBootTables(
  tables: PageTables,
  part: { readonly place: TablePlace; readonly start: number; readonly end: number },
): void {
  const { shape, state } = tables
  const { place, start, end } = part
  const words = state.tables.get(place.pfn)
  if (words === undefined || !isBootFrame(shape, place.pfn)) return
  const { region, level } = place
  for (
    let at = alignDown(start, level.spanBytes);
    at < end && level.index + 1 < shape.levels.length;
    at += level.spanBytes
  ) {
    const child = childPfn(tables, { words, level, index: entryIndex(region, level, at) })
    if (child === undefined) continue
    const below = { region, level: levelAt(shape, level.index + 1), offset: at, pfn: child }
    const next = at + level.spanBytes
    forgetUnchangedBootTables(tables, {
      place: below,
      start: Math.max(at, start),
      end: Math.min(next, end),
    })
  }
  if (!sameWords(words, bootTable(tables, place))) return
  for (let index = 0; index < level.entries; index++) {
    const child = childPfn(tables, { words, level, index })
    if (child !== undefined && state.tables.has(child)) return
  }
  state.tables.delete(place.pfn)
}

function childPfn(
  tables: PageTables,
  entry: { readonly words: Uint32Array; readonly level: LevelShape; readonly index: number },
): number | undefined {
  const { geometry, pageBytes } = tables.shape
  const { level } = entry
  const low = entry.words[2 * entry.index] ?? 0
  const high = entry.words[2 * entry.index + 1] ?? 0
  if (
    geometry.entries.isNone(low, high, level.index) ||
    geometry.entries.isLeaf(low, high, level.index)
  )
    return undefined
  return geometry.entries.address(low, high, level.index) / pageBytes
}

function sameWords(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
