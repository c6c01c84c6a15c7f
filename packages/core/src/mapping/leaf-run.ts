import { alignDown } from '../address/units'
import type { EntryWords } from '../model/page-table-geometry'
import type { LeafSpan, LevelShape } from './table-types'

/** What the one entry that covers a byte spans. @param at byte offset in the region */
export const entrySpan = ({ spanBytes }: LevelShape, at: number): LeafSpan => ({
  offset: alignDown(at, spanBytes),
  sizeBytes: spanBytes,
  entries: 1,
})

/** The leaf that a leaf entry is, or is a part of. @param at byte offset that the entry covers */
export const leafSpan = (level: LevelShape, entry: EntryWords, at: number): LeafSpan =>
  level.run?.spanOf(entry, at) ?? entrySpan(level, at)
