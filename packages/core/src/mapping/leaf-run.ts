import { alignDown } from '../address/units'
import type { EntryWords } from '../model/page-table-geometry'
import type { PageTables, TablePlace } from './table-place'
import { entryIndex, type LevelShape, type RunShape, type TableShape } from './table-shape'
import { adjustDirectMap } from './tally'
import { clearWords, lacksBits, orWords } from './words'

/** A leaf as its entries say: one entry, or a run of them. */
export interface LeafSpan {
  /** Byte offset of its first byte in the region. */
  readonly offset: number
  readonly sizeBytes: number
  readonly entries: number
}

/** A level whose entries can be one leaf together. */
export type LevelWithRuns = LevelShape & { readonly run: RunShape }

/** Whether the level has runs. */
export const hasRuns = (level: LevelShape): level is LevelWithRuns => level.run !== undefined

/** Whether a leaf entry of this level is one of a run. */
export const isInRun = (level: LevelShape, { low, high }: EntryWords): boolean =>
  level.run !== undefined && !lacksBits(low, high, level.run.mark)

/** What the one entry that covers a byte spans. @param at byte offset in the region */
export const entrySpan = ({ spanBytes }: LevelShape, at: number): LeafSpan => ({
  offset: alignDown(at, spanBytes),
  sizeBytes: spanBytes,
  entries: 1,
})

/** The leaf that a leaf entry is, or is a part of. @param at byte offset that the entry covers */
export function leafSpan(level: LevelShape, entry: EntryWords, at: number): LeafSpan {
  const { run } = level
  if (run === undefined || !isInRun(level, entry)) return entrySpan(level, at)
  const { sizeBytes, entries } = run
  return { offset: alignDown(at, sizeBytes), sizeBytes, entries }
}

/** One entry of a run. @param address physical, in bytes, of what this entry maps */
export const runEntry = (shape: TableShape, level: LevelWithRuns, address: number): EntryWords =>
  orWords(shape.geometry.entries.leaf(address, level.index), level.run.mark)

/**
 * Makes single leaves of a run. Takes no page, so it never fails.
 * @param words of the table at `place`, for writing
 * @param offset byte of the region that the run maps first
 * Source: contpte_convert, arch/arm64/mm/contpte.c 6.9.
 */
export function splitRun(
  tables: PageTables,
  run: { readonly place: TablePlace; readonly words: Uint32Array; readonly offset: number },
): void {
  const { level, region } = run.place
  if (!hasRuns(level)) return
  const { entries, mark, sizeBytes } = level.run
  const first = entryIndex(region, level, run.offset)
  for (let index = first; index < first + entries; index++) {
    const { words } = run
    const entry = { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 }
    const { low, high } = clearWords(entry, mark)
    words[2 * index] = low
    words[2 * index + 1] = high
  }
  adjustDirectMap(tables, region, { leaves: [{ leafBytes: sizeBytes, count: 1 }], sign: -1 })
  const singles = [{ leafBytes: level.spanBytes, count: entries }]
  adjustDirectMap(tables, region, { leaves: singles, sign: 1 })
}
