import type { BlockId } from '@memhp/core'
import { holdingsOf, predictBlock } from '@memhp/planner'
import type { Topology } from '@memhp/topology'
import { holdingsText, predictionText } from '../report/words'
import type { MoreTexts } from './cells'
import { type BlockFact, isStorage, type NamedColumn } from './column'
import { jsonText, type PrintedTable, pairsText, rawText, summaryText, tableText } from './print'
import { ALIKE, type Alike, joinBlocks } from './ranges'
import { type ListedTree, readBlocks } from './read-blocks'
import type { LsmemVersion } from './version'

/** A listing as lsmem makes it. */
export interface LsmemWish {
  readonly version: LsmemVersion
  readonly columns: readonly NamedColumn[]
  /** By which columns ranges are split; `blocks`: one block a row. */
  readonly split: readonly NamedColumn[] | 'blocks'
  readonly layout: 'table' | 'raw' | 'pairs' | 'json'
  readonly bytes: boolean
  readonly headings: boolean
  readonly table: boolean
  readonly summary: boolean
}

const LAYOUTS: Readonly<Record<LsmemWish['layout'], (table: PrintedTable) => string>> = {
  table: tableText,
  raw: rawText,
  pairs: pairsText,
  json: jsonText,
}

/** Texts of what lsmem does not tell, block by block. */
function moreTextsOf(topology: Topology): MoreTexts {
  const byId = new Map(topology.blocks.map((block) => [block.id, block]))
  const known = new Map<number, ReturnType<MoreTexts>>()
  return (id) => {
    const block = byId.get(id as BlockId)
    if (block === undefined) return {}
    const before = known.get(id)
    if (before !== undefined) return before
    const holdings = holdingsOf(topology, block)
    const texts = {
      DEVICE: block.device ?? '',
      HOLDS: holdings === undefined ? '' : holdingsText(holdings, topology.pageBytes),
      EXPECTED: predictionText(predictBlock(topology, block, holdings)),
    }
    known.set(id, texts)
    return texts
  }
}

const NOTHING: MoreTexts = () => ({})

const factsOf = (columns: readonly NamedColumn[]): BlockFact[] =>
  columns.flatMap(({ needs }) => [...needs])

/** Whether two blocks have the same in a column. */
function alikeIn({ name }: NamedColumn, more: MoreTexts): Alike | undefined {
  const isMore = name === 'DEVICE' || name === 'HOLDS' || name === 'EXPECTED'
  return isMore ? (a, b) => more(a.id)[name] === more(b.id)[name] : ALIKE[name]
}

/**
 * A listing, text for text as a release of lsmem prints it where no terminal limits its width.
 * @param topology asked for where a column is wanted that lsmem does not have
 * @throws what `readBlocks` and `topology` throw
 */
export async function listAsLsmem(
  tree: ListedTree,
  wish: LsmemWish,
  topology: () => Promise<Topology>,
): Promise<string> {
  const { version, split, bytes, headings } = wish
  const splits = split === 'blocks' ? [] : split
  const facts = new Set(factsOf(wish.table ? [...wish.columns, ...splits] : []))
  if (wish.summary) facts.add('state')
  const reading = await readBlocks(tree, { version, facts, summary: wish.summary })
  const more = facts.has('beyond') ? moreTextsOf(await topology()) : NOTHING
  const alike = splits.flatMap((column) => alikeIn(column, more) ?? [])
  const table: PrintedTable = {
    columns: wish.columns.filter((column) => reading.hasStorage || !isStorage(column)),
    ranges:
      split === 'blocks'
        ? reading.blocks.map((block) => ({ first: block, last: block }))
        : joinBlocks(reading.blocks, alike),
    style: { reading, bytes, more },
    version,
    headings,
  }
  const parts = [
    ...(wish.table ? [LAYOUTS[wish.layout](table)] : []),
    ...(wish.summary ? [summaryText(reading, { version, bytes })] : []),
  ]
  return parts.join('\n')
}
