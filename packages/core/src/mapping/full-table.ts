import { alignDown } from '../address/units'
import { leafTableAt } from './leaf-tables'
import { tableSpan } from './table-shape'
import type { FoundLeaves, PageTables, RegionPart, TablePlace } from './table-types'

/** Physical address that the first entry of a table maps where all of them are leaves of neighbouring memory, and not written down. */
function addressOfFull(tables: PageTables, place: TablePlace): number | undefined {
  const { region, level, offset, pfn } = place
  if (level.index === 0 || tables.state.tables.has(pfn)) return undefined
  const leaves = leafTableAt(tables, pfn)
  if (leaves !== undefined) return leaves.address
  const { start, end } = tableSpan(region, level, offset)
  const mapping = tables.state.boot[region.name].find(
    (each) =>
      each.leafBytes === level.spanBytes &&
      each.offset <= start &&
      end <= each.offset + each.sizeBytes,
  )
  return mapping && mapping.address + start - mapping.offset
}

/** The leaves of a table that a part touches, where it is known to be full of them. Costs no look at each. */
export function leavesOfFull(
  tables: PageTables,
  place: TablePlace,
  part: RegionPart,
): FoundLeaves | undefined {
  const address = addressOfFull(tables, place)
  if (address === undefined) return undefined
  const { level, region, offset: inTable } = place
  const { spanBytes, index } = level
  const first = tableSpan(region, level, inTable).start
  const offset = alignDown(part.start, spanBytes)
  return {
    offset,
    sizeBytes: spanBytes,
    count: Math.ceil((part.end - offset) / spanBytes),
    level,
    ...tables.shape.geometry.entries.leaf(address + offset - first, index),
  }
}
