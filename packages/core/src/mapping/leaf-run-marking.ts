import { alignDown, isAligned } from '../address/units'
import type { EntryWords, LeafRunMarking } from '../model/page-table-geometry'
import { backingOf, noteLeaves, writeEntry } from './map-job'
import { areNone } from './page-tables'
import { entryIndex } from './table-shape'
import type {
  FreeEntry,
  LeafRunOperations,
  LevelShape,
  MapJob,
  PageTables,
  RunShape,
  WrittenRun,
} from './table-types'
import { adjustDirectMap } from './tally'
import { bitWords, clearWords, lacksBits, orWords } from './words'

const OPERATIONS: LeafRunOperations = {
  marks: 'runs of leaves',
  of({ shift }, { entries, markBit }, index) {
    const sizeBytes = entries * 2 ** shift
    const mark = bitWords(markBit)
    return {
      entries,
      sizeBytes,
      mark,
      spanOf: ({ low, high }, at) =>
        lacksBits(low, high, mark)
          ? undefined
          : { offset: alignDown(at, sizeBytes), sizeBytes, entries },
      entry: (shape, address) => orWords(shape.geometry.entries.leaf(address, index), mark),
      put: putRun,
      split: splitRun,
    }
  },
}

/**
 * For architectures where neighbouring entries can be marked to be one leaf together.
 * @beta
 */
export const LEAF_RUNS: LeafRunMarking = OPERATIONS

/** Writes a run of entries that is one leaf. @returns bytes that it maps; 0 where single entries have to do */
function putRun(
  this: RunShape,
  job: MapJob,
  level: LevelShape,
  { words, index, at, end }: FreeEntry,
): number {
  const { shape } = job.tables
  const { entries, sizeBytes } = this
  const isWhole = isAligned(at, sizeBytes) && at + sizeBytes <= end
  if (!isWhole || !job.request.leafSizes.includes(sizeBytes)) return 0
  if (!areNone(shape, level, words.subarray(2 * index, 2 * (index + entries)))) return 0
  const backing = backingOf(job, { at, leafBytes: sizeBytes })
  if (backing === null) return 0
  for (let i = 0; i < entries; i++) {
    writeEntry(words, index + i, this.entry(shape, backing.address + i * level.spanBytes))
  }
  noteLeaves(job, { words, index, entries, level, taken: backing.taken }, sizeBytes)
  return sizeBytes
}

/** See `RunShape.split`. Source: contpte_convert, arch/arm64/mm/contpte.c 6.9. */
function splitRun(this: RunShape, tables: PageTables, { place, words, offset }: WrittenRun): void {
  const { level, region } = place
  const { entries, mark, sizeBytes } = this
  const first = entryIndex(region, level, offset)
  for (let index = first; index < first + entries; index++) {
    const entry: EntryWords = { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 }
    writeEntry(words, index, clearWords(entry, mark))
  }
  adjustDirectMap(tables, region, { leaves: [{ leafBytes: sizeBytes, count: 1 }], sign: -1 })
  const singles = [{ leafBytes: level.spanBytes, count: entries }]
  adjustDirectMap(tables, region, { leaves: singles, sign: 1 })
}
