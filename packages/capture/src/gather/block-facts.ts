import { HotplugError, MIB, type Range } from '@memhp/core'
import {
  BLOCK_SIZE_FILE,
  blockDirectory,
  formatHexDigits,
  formatNumberList,
  nodeDirectory,
} from '@memhp/kernel-files'
import { type BootReport, withMap } from './boot-report'
import { type Gathering, placeOf } from './gathering'
import type { LsmemReport, LsmemRow } from './lsmem-report'
import type { ReportText } from './report-kind'

/** A text, and what was read in it. */
export interface Read<T> {
  readonly report: ReportText
  readonly value: T
}

/** What blocks are gathered from. */
export interface BlockSources {
  readonly lsmem: readonly Read<LsmemReport>[]
  readonly boot: readonly Read<BootReport>[]
  /** System RAM of /proc/iomem, and its place; undefined where it is not known. */
  readonly ram: { readonly ranges: readonly Range[]; readonly place: string } | undefined
  /** Bytes of a block, as the user says. */
  readonly blockBytes: number | undefined
}

/** A block as the texts have it. */
export interface GatheredBlock {
  readonly id: number
  readonly state: string | undefined
  readonly zones: readonly string[] | undefined
  readonly node: number | undefined
  readonly removable: boolean | undefined
  /** Where it is from. */
  readonly place: string
}

/** Of x86-64 with less than 64 GiB, and of most machines. */
const ASSUMED_BLOCK_BYTES = 128 * MIB
/** More blocks than this are not believed: 16 TiB of 128 MiB. */
const MOST_BLOCKS = 131_072

/** The size that a row's range and numbers give. */
function sizeOfRow({ range, blocks, sizeBytes }: LsmemRow): number | undefined {
  if (blocks === undefined) return undefined
  const bytes = range === undefined ? sizeBytes : range.end - range.start
  const each = bytes === undefined ? undefined : bytes / (blocks.last - blocks.first + 1)
  return each !== undefined && each >= MIB && Number.isInteger(Math.log2(each)) ? each : undefined
}

/** Finds the size of a block, and says where it is from. */
export function gatherBlockBytes(gathering: Gathering, sources: BlockSources): number {
  const { lsmem, boot, blockBytes } = sources
  const found: { bytes: number; how: 'known' | 'derived'; place: string }[] = []
  if (blockBytes !== undefined)
    found.push({ bytes: blockBytes, how: 'known', place: 'the command line' })
  for (const { report, value } of lsmem) {
    if (value.blockBytes !== undefined)
      found.push({ bytes: value.blockBytes, how: 'known', place: report.name })
    for (const row of value.rows) {
      const bytes = sizeOfRow(row)
      if (bytes !== undefined)
        found.push({ bytes, how: 'derived', place: placeOf(report, row.line) })
    }
  }
  for (const { report, value } of boot)
    if (value.blockBytes !== undefined)
      found.push({ bytes: value.blockBytes, how: 'known', place: report.name })
  const [first] = found
  const bytes = first?.bytes ?? ASSUMED_BLOCK_BYTES
  if (first === undefined)
    gathering.say(
      'size of a block',
      'assumed',
      'no text says it; 128 MiB is what most machines have',
    )
  else gathering.say('size of a block', first.how, first.place)
  const other = found.find((each) => each.bytes !== bytes)
  if (first !== undefined && other !== undefined)
    gathering.contradict(
      `a block has ${bytes / MIB} MiB by ${first.place}, and ${other.bytes / MIB} MiB by ${other.place}`,
    )
  gathering.files[BLOCK_SIZE_FILE] = `${bytes.toString(16)}\n`
  return bytes
}

function tooMany(place: string, count: number): HotplugError {
  const message = `${place}: ${count} memory blocks, more than ${MOST_BLOCKS}`
  return new HotplugError('BAD_ARGUMENT', 'EINVAL', message, { detail: { place } })
}

const spanOf = ({ blocks, range }: LsmemRow, blockBytes: number): LsmemRow['blocks'] =>
  blocks ??
  (range === undefined
    ? undefined
    : {
        first: Math.floor(range.start / blockBytes),
        last: Math.ceil(range.end / blockBytes) - 1,
      })

function blocksOfLsmem(
  gathering: Gathering,
  { lsmem }: BlockSources,
  blockBytes: number,
): Map<number, GatheredBlock> {
  const blocks = new Map<number, GatheredBlock>()
  for (const { report, value } of lsmem) {
    for (const row of value.rows) {
      const { state, zones, node, removable, line } = row
      const span = spanOf(row, blockBytes)
      if (span === undefined) continue
      const place = placeOf(report, line)
      const count = span.last - span.first + 1
      if (count < 1 || blocks.size + count > MOST_BLOCKS) throw tooMany(place, count)
      if (!Number.isSafeInteger((span.last + 1) * blockBytes)) throw tooMany(place, span.last + 1)
      for (let id = span.first; id <= span.last; id += 1) {
        const before = blocks.get(id)
        if (before?.state !== undefined && state !== undefined && before.state !== state)
          gathering.contradict(
            `memory${id} is ${before.state} by ${before.place}, and ${state} by ${place}`,
          )
        blocks.set(id, {
          id,
          state: before?.state ?? state,
          zones: before?.zones ?? zones,
          node: before?.node ?? node,
          removable: before?.removable ?? removable,
          place: before?.place ?? place,
        })
      }
    }
  }
  return blocks
}

/** Blocks in which there is memory, by ranges of it. */
function blocksOfRanges(
  ranges: readonly Range[],
  blockBytes: number,
  place: string,
): Map<number, GatheredBlock> {
  const blocks = new Map<number, GatheredBlock>()
  const unknown = { state: undefined, zones: undefined, node: undefined, removable: undefined }
  for (const { start, end } of ranges) {
    const last = Math.ceil(end / blockBytes) - 1
    const first = Math.floor(start / blockBytes)
    if (last - first + blocks.size > MOST_BLOCKS) throw tooMany(place, last - first)
    for (let id = first; id <= last; id += 1) blocks.set(id, { id, ...unknown, place })
  }
  return blocks
}

/**
 * The blocks that the texts tell of, ascending: those that lsmem lists, else those in which System RAM or the firmware's map has
 * memory.
 * @throws HotplugError BAD_ARGUMENT where no text tells, and for more than any machine has
 */
export function gatherBlocks(
  gathering: Gathering,
  sources: BlockSources,
  blockBytes: number,
): readonly GatheredBlock[] {
  const listed = blocksOfLsmem(gathering, sources, blockBytes)
  if (listed.size > 0) {
    gathering.say(
      'memory blocks',
      'known',
      sources.lsmem.map(({ report }) => report.name).join(', '),
    )
    return [...listed.values()].sort((a, b) => a.id - b.id)
  }
  const boot = withMap(sources.boot)
  const usable = boot?.value.map.filter(({ type }) => type.startsWith('usable')) ?? []
  const { ranges, place } = sources.ram ?? { ranges: usable, place: boot?.report.name ?? '' }
  if (ranges.length === 0) {
    const message = 'none of the texts tells which memory there is'
    throw new HotplugError('BAD_ARGUMENT', 'EINVAL', message, { detail: { option: 'from' } })
  }
  gathering.say('memory blocks', 'derived', `where ${place} has memory`)
  return [...blocksOfRanges(ranges, blockBytes, place).values()].sort((a, b) => a.id - b.id)
}

const INDEX_DIGITS = 8

/** Writes the files of the blocks. What is not known of one is not written, and noted. */
export function writeBlocks(gathering: Gathering, blocks: readonly GatheredBlock[]): void {
  const { files, links } = gathering
  for (const { id, state, zones, node, removable } of blocks) {
    const directory = blockDirectory(id)
    files[`${directory}/phys_index`] = `${formatHexDigits(id, INDEX_DIGITS)}\n`
    if (state === undefined)
      gathering.miss(`${directory}/state`, 'The block is online, or its state is left open.')
    else files[`${directory}/state`] = `${state}\n`
    if (zones !== undefined)
      files[`${directory}/valid_zones`] =
        zones.length === 1 && zones[0]?.toLowerCase() === 'none' ? 'none\n' : `${zones.join(' ')}\n`
    if (removable !== undefined) files[`${directory}/removable`] = removable ? '1\n' : '0\n'
    if (node === undefined) continue
    links[`${directory}/node${node}`] = `../../node/node${node}`
    links[`${nodeDirectory(node)}/memory${id}`] = `../../memory/memory${id}`
  }
  sayOfBlocks(gathering, blocks)
}

function sayOfBlocks(gathering: Gathering, blocks: readonly GatheredBlock[]): void {
  const topics = [
    ['states of blocks', 'state', 'lsmem'],
    ['zones of blocks', 'zones', 'lsmem with the column ZONES'],
    ['nodes of blocks', 'node', 'lsmem with the column NODE'],
  ] as const
  for (const [fact, key, from] of topics) {
    const missing = blocks.filter((block) => block[key] === undefined).map(({ id }) => id)
    if (missing.length === 0) gathering.say(fact, 'known', from)
    else {
      const list =
        missing.length > 64 ? `${missing.length} blocks` : `memory${formatNumberList(missing)}`
      gathering.say(fact, 'unknown', `of ${list}; ${from} would tell`)
    }
  }
}
