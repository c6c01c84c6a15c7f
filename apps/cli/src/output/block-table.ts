import { formatNumberList, formatNumberRuns } from '@memhp/kernel-files'
import { type BlockInfo, groupBlocks } from '@memhp/topology'
import type { Paint } from '../context'
import { formatRange, formatSize } from '../text/size'
import { type Column, renderTable } from './table'
import { stateText, UNKNOWN, zoneText } from './words'

const RANGE_COLUMNS: readonly Column[] = [
  { heading: 'RANGE' },
  { heading: 'SIZE', align: 'right' },
  { heading: 'STATE' },
  { heading: 'ZONES' },
  { heading: 'NODE' },
  { heading: 'BLOCKS' },
  { heading: 'DEVICE' },
]

/** Memory blocks as a table, runs of like ones joined. */
export function renderRanges(blocks: readonly BlockInfo[], paint: Paint): string {
  const rows = groupBlocks(blocks).map((group) => {
    const [block] = group.blocks
    return [
      formatRange(group),
      formatSize(group.end - group.start),
      block === undefined ? UNKNOWN : stateText(block.state, paint),
      block === undefined ? UNKNOWN : zoneText(block.zones, paint),
      formatNumberList(block?.nodes ?? []) || UNKNOWN,
      formatNumberRuns([{ first: group.firstBlock, last: group.lastBlock }]),
      group.device ?? UNKNOWN,
    ]
  })
  return renderTable(RANGE_COLUMNS, rows)
}

const BLOCK_COLUMNS: readonly Column[] = [
  { heading: 'BLOCK', align: 'right' },
  ...RANGE_COLUMNS.filter(({ heading }) => heading !== 'BLOCKS'),
]

/** Memory blocks as a table, one a line. */
export function renderBlocks(blocks: readonly BlockInfo[], paint: Paint): string {
  const rows = blocks.map((block) => [
    `${block.id}`,
    formatRange(block),
    formatSize(block.end - block.start),
    stateText(block.state, paint),
    zoneText(block.zones, paint),
    formatNumberList(block.nodes) || UNKNOWN,
    block.device ?? UNKNOWN,
  ])
  return renderTable(BLOCK_COLUMNS, rows)
}
