import { leafTableAt } from './leaf-tables'
import { giveBackTables } from './table-frames'
import { clearEntries, levelAt, placeAfter } from './table-shape'
import type { LevelShape, MappedEntries, UnmapJob } from './table-types'
import { count, countLeaf } from './tally'
import { flushAfter } from './unmap-range'
import { countSteps, stepBetween } from './words'

/** @returns bytes of the tables full of leaves, from this entry on, that were given back */
export function clearLeafTables(job: UnmapJob, level: LevelShape, entry: MappedEntries): number {
  const { tables, request, tally } = job
  const { shape, state } = tables
  if (state.leafTables.length === 0) return 0
  const below = levelAt(shape, level.index + 1)
  const isLast = below.index + 1 === shape.levels.length
  const { frames, emptyTables, permanentBelow } = request
  if (frames === 'free' || emptyTables === 'keep' || below.permanent) return 0
  const { words, index } = entry
  const { entries } = shape.geometry
  const [low = 0, high = 0] = words.subarray(2 * index, 2 * index + 2)
  const pfn = entries.address(low, high, level.index) / shape.pageBytes
  const stretch = leafTableAt(tables, pfn)
  if (stretch === undefined || (isLast && stretch.address < (permanentBelow ?? 0))) return 0
  const next = entries.table(placeAfter(below, pfn, 1) * shape.pageBytes, level.index)
  const most = Math.min(entry.most, stretch.count)
  const gone = countSteps(words, { index, most }, stepBetween({ low, high }, next))
  const away = { pfn, count: gone, level: below }
  tally.tablePages += giveBackTables(tables, away, job.freedTables)
  clearEntries(shape, level, words.subarray(2 * index, 2 * (index + gone)))
  count(tally.tables, below.index, gone)
  countLeaf(tally.leaves, below.spanBytes, gone * below.entries)
  flushAfter(job, below, gone)
  return gone * level.spanBytes
}
