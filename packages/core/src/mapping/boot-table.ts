import { alignDown, formatHex } from '../address/units'
import { invariant } from '../errors/invariant'
import type { BootMapping } from '../model/mapping-state'
import type { EntryWords } from '../model/page-table-geometry'
import { bootTablePfn, emptyTable, entryIndex, levelAt, regionsIn, tableSpan } from './table-shape'
import type { LevelShape, RegionShape, StoredTables, TablePlace } from './table-types'

/*
 * Boot tables are not stored: what one holds follows from `state.boot` and from which table it is. A table is
 * written down when something in it may change, and where it is again what boot made it, it counts as one that is not
 * (`changed-tables.ts`). So a machine of 64 TiB boots as fast as one of 1 GiB, and a range that was added and removed leaves
 * no trace.
 *
 * The frames of boot tables and of the boot memmap are numbered from `bootFrameBase`, above all memory, by which
 * table or stretch of the vmemmap they hold. On a real machine they are reserved pages somewhere in boot memory; how many
 * pages of it are reserved is known (present less managed pages), where they are is not, and no operation depends
 * on it. When a boot frame is released, its page stays reserved: no zone gains a managed page. (The kernel gives
 * it to the page allocator and counts one managed page more.)
 */

/** What a table holds by the boot mapping. */
export function bootTable(tables: StoredTables, place: TablePlace): Uint32Array {
  const { shape, state } = tables
  const { region, level, offset } = place
  invariant(
    place.pfn === bootTablePfn(shape, region, level, offset),
    `Page table ${formatHex(place.pfn)} exists.`,
  )
  const words = emptyTable(shape, level)
  const regions = level.index === 0 ? regionsIn(shape) : [region]
  for (const each of regions) {
    const span = tableSpan(each, level, offset)
    fillSecond(tables, { region: each, level, words })
    for (const mapping of state.boot[each.name]) {
      const start = Math.max(span.start, mapping.offset)
      const end = Math.min(span.end, mapping.offset + mapping.sizeBytes)
      if (start < end) fillEntries(tables, { region: each, level, words, mapping, start, end })
    }
  }
  return words
}

/** Whether the entries of a table lead to tables of boot's, mapped or not. */
const leadsOn = ({ shape }: StoredTables, level: LevelShape): boolean =>
  level.index === 0 && shape.geometry.secondTables === 'at-boot'

/** Enters what the top level leads to from boot on. */
function fillSecond(
  tables: StoredTables,
  part: { readonly region: RegionShape; readonly level: LevelShape; readonly words: Uint32Array },
): void {
  const { region, level, words } = part
  if (!leadsOn(tables, level)) return
  const first = alignDown(region.firstByte, level.spanBytes)
  for (let at = first; at < region.limitBytes; at += level.spanBytes) {
    const { low, high } = tableEntry(tables, { region, level, entryStart: at })
    const index = entryIndex(region, level, at)
    words[2 * index] = low
    words[2 * index + 1] = high
  }
}

/** An entry that leads to the table of boot's below it. */
function tableEntry(
  { shape }: StoredTables,
  at: { readonly region: RegionShape; readonly level: LevelShape; readonly entryStart: number },
): EntryWords {
  const { region, level, entryStart } = at
  const below = levelAt(shape, level.index + 1)
  const tableAddress = bootTablePfn(shape, region, below, entryStart) * shape.pageBytes
  return shape.geometry.entries.table(tableAddress, level.index)
}

function fillEntries(
  tables: StoredTables,
  part: {
    readonly region: RegionShape
    readonly level: LevelShape
    readonly words: Uint32Array
    readonly mapping: BootMapping
    readonly start: number
    readonly end: number
  },
): void {
  const { region, level, words, mapping, start, end } = part
  for (let at = alignDown(start, level.spanBytes); at < end; at += level.spanBytes) {
    const { low, high } = entryOf(tables, { region, level, mapping, entryStart: at })
    const index = entryIndex(region, level, at)
    words[2 * index] = low
    words[2 * index + 1] = high
  }
}

/** What boot mapped by the entry of a table that covers `place.offset`. */
export function bootEntry(tables: StoredTables, place: TablePlace): EntryWords {
  const { region, level, offset } = place
  const entryStart = alignDown(offset, level.spanBytes)
  const entryEnd = entryStart + level.spanBytes
  const mapping = tables.state.boot[region.name].find(
    (each) => each.offset < entryEnd && each.offset + each.sizeBytes > entryStart,
  )
  if (mapping === undefined && leadsOn(tables, level))
    return tableEntry(tables, { region, level, entryStart })
  if (mapping === undefined) return tables.shape.geometry.entries.none(level.index)
  return entryOf(tables, { region, level, mapping, entryStart })
}

function entryOf(
  tables: StoredTables,
  entry: {
    readonly region: RegionShape
    readonly level: LevelShape
    readonly mapping: BootMapping
    readonly entryStart: number
  },
): EntryWords {
  const { shape } = tables
  const { region, level, mapping, entryStart } = entry
  const { entries } = shape.geometry
  const address = mapping.address + (entryStart - mapping.offset)
  if (level.run?.sizeBytes === mapping.leafBytes) return level.run.entry(shape, address)
  invariant(mapping.leafBytes <= level.spanBytes, 'Boot has no table below a leaf.')
  if (mapping.leafBytes === level.spanBytes) return entries.leaf(address, level.index)
  return tableEntry(tables, { region, level, entryStart })
}

/** Bytes that boot mapped in a part of a region, by leaf size. Whole leaves only. */
export function bootLeafBytes(
  tables: StoredTables,
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
