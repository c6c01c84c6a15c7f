import { alignDown } from '../address/units'
import type { EntryWords } from '../model/page-table-geometry'
import type { LevelShape, RunShape, TableShape } from './table-shape'
import { lacksBits } from './words'

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
export const leafSpan = (level: LevelShape, entry: EntryWords, at: number): LeafSpan =>
  level.run?.spanOf(entry, at) ?? entrySpan(level, at)

/** One entry of a run. @param address physical, in bytes, of what this entry maps */
export const runEntry = (shape: TableShape, level: LevelWithRuns, address: number): EntryWords =>
  level.run.entry(shape, address)
