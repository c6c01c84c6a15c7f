import {
  type RamDescription,
  type Range,
  rangeContains,
  rangeIntersection,
  rangesOverlap,
} from '@memhp/core'
import { formatHex, type IomemLine, SYSTEM_RAM } from '@memhp/kernel-files'
import { type BlockFacts, type FirmwareEntry, type HostFacts, rangeOfBlock } from './host-facts'

const lineRange = (line: { readonly start: number; readonly end: number }): Range => ({
  start: line.start,
  end: line.end + 1,
})

/** Ranges that one firmware device's blocks cover. */
function deviceRanges(facts: HostFacts): Range[] {
  const byDevice = new Map<string, Range[]>()
  for (const { id, device } of facts.blocks) {
    if (device === null) continue
    const ranges = byDevice.get(device) ?? []
    byDevice.set(device, ranges)
    const last = ranges.at(-1)
    const range = rangeOfBlock(facts, id)
    if (last?.end === range.start) ranges[ranges.length - 1] = { start: last.start, end: range.end }
    else ranges.push(range)
  }
  return [...byDevice.values()].flat()
}

/**
 * The firmware map's own entries. Hot-added ones follow them: each is System RAM in whole blocks, and either lies below
 * an entry before it (firmware lists its own in ascending order) or is exactly one device's memory.
 */
function bootEntries(facts: HostFacts, entries: readonly FirmwareEntry[]): FirmwareEntry[] {
  const devices = deviceRanges(facts)
  const isWhole = ({ start, end }: FirmwareEntry): boolean =>
    start % facts.blockBytes === 0 && (end + 1) % facts.blockBytes === 0
  const isDevice = (entry: FirmwareEntry): boolean =>
    devices.some(({ start, end }) => start === entry.start && end === entry.end + 1)
  let highest = -1
  let isLate = false
  return entries.filter((entry) => {
    const descends = entry.start < highest
    if (entry.type === SYSTEM_RAM && isWhole(entry)) isLate ||= descends
    const isHot = entry.type === SYSTEM_RAM && isWhole(entry) && (isLate || isDevice(entry))
    if (isHot && !isLate) {
      facts.assume(
        `Entry ${entry.index} of the firmware map is exactly one device's memory: it is taken for hot-added.`,
      )
    }
    if (!isHot) highest = Math.max(highest, entry.start)
    return !isHot
  })
}

const nodesAt = (facts: HostFacts, address: number): readonly number[] =>
  blockAt(facts.blocks, Math.floor(address / facts.blockBytes))?.nodes ?? []

/** The place of the first block with this number or a higher one, by halving. */
function indexFrom(blocks: readonly BlockFacts[], id: number): number {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((blocks[middle]?.id ?? id) < id) low = middle + 1
    else high = middle
  }
  return low
}

/** The block with this number. */
function blockAt(blocks: readonly BlockFacts[], id: number): BlockFacts | undefined {
  const block = blocks[indexFrom(blocks, id)]
  return block?.id === id ? block : undefined
}

/**
 * Nodes with boot memory: boot keeps some of it for itself, so that a zone manages less than is present, and not just by what blocks
 * hold their own struct pages in.
 */
function nodesWithBootMemory(facts: HostFacts): ReadonlySet<number> {
  const hosted = facts.subsystems.memmapOnMemory?.pagesOnHost(facts) ?? 0
  const nodes = facts.zones.filter(
    ({ managed, present }) =>
      managed < present && present - managed !== (present / facts.pagesPerBlock) * hosted,
  )
  return new Set(nodes.map(({ node }) => node))
}

/** Whether firmware keeps all of a range apart from what may come and go: boot memory of a guest. */
const isReserved = (facts: HostFacts, line: IomemLine): boolean =>
  facts.dialects.some(({ capture }) => capture.isBootMemory?.(facts, line) === true)

/**
 * Without a firmware map (Power, s390). The kernel joins neighbouring boot memory of a node into one entry, and each
 * hot-added range has a separate entry. An entry of whole blocks was therefore hot-added if it begins where System RAM of
 * its node or hot-added memory ends, if it is a single block behind a hole, or if its node has no boot memory; never where a
 * device tree reserves it.
 */
function bootLines(facts: HostFacts, lines: readonly IomemLine[]): IomemLine[] {
  const { blockBytes } = facts
  const nodesOfBoot = nodesWithBootMemory(facts)
  let previousEnd: number | undefined
  let isLate = false
  return lines.filter((line) => {
    const { start, end } = line
    const isWhole = start % blockBytes === 0 && (end + 1) % blockBytes === 0
    const touches = start === previousEnd
    const isFirst = previousEnd === undefined
    previousEnd = end + 1
    const afterLate = touches && isLate
    isLate = false
    if (!isWhole || nodesOfBoot.size === 0 || isReserved(facts, line)) return true
    const nodes = nodesAt(facts, start)
    const sameNode = touches && nodes.join() === nodesAt(facts, start - 1).join()
    const isIsland = !touches && !isFirst && end + 1 - start === blockBytes
    const isForeign = !nodes.some((node) => nodesOfBoot.has(node))
    isLate = afterLate || sameNode || isIsland || isForeign
    return !isLate
  })
}

/** Whether ranges, ascending by start, leave no byte of a range out. */
function isCovered(range: Range, ascending: readonly Range[]): boolean {
  let end = range.start
  for (const other of ascending) {
    if (other.start > end || end >= range.end) break
    end = Math.max(end, other.end)
  }
  return end >= range.end
}

/**
 * System RAM that firmware listed. What no entry covers is told from hot-added memory as on a machine without a map: an
 * entry could not be read, or the command line added memory.
 */
function bootRangesOf(
  facts: HostFacts,
  lines: readonly IomemLine[],
  entries: readonly FirmwareEntry[],
): Range[] {
  const ramEntries = entries.filter(({ type }) => type === SYSTEM_RAM)
  const listed = ramEntries.map(lineRange).sort((a, b) => a.start - b.start)
  const isListed = (line: IomemLine): boolean => isCovered(lineRange(line), listed)
  const unlisted = lines.filter((line) => !isListed(line))
  for (const { start, end } of unlisted) {
    facts.assume(
      `The firmware map does not cover System RAM at ${formatHex(start)}-${formatHex(end)}: whether that was hot-added is told without it.`,
    )
  }
  const bootLike = unlisted.length === 0 ? [] : bootLines(facts, lines)
  const own = bootEntries(facts, entries).filter(({ type }) => type === SYSTEM_RAM)
  return lines.flatMap((line) =>
    isListed(line)
      ? own.flatMap((entry) => rangeIntersection(lineRange(line), lineRange(entry)) ?? [])
      : bootLike.filter((other) => other === line).map(lineRange),
  )
}

/** Boot memory as ranges of bytes, in any order: what the kernel calls System RAM and firmware listed. */
function bootRanges(facts: HostFacts): Range[] {
  const { iomem, firmwareMap } = facts
  const lines = iomem?.filter((line) => line.name === SYSTEM_RAM)
  if (lines !== undefined && firmwareMap !== undefined)
    return bootRangesOf(facts, lines, firmwareMap)
  if (lines !== undefined) return bootLines(facts, lines).map(lineRange)
  if (firmwareMap !== undefined) {
    return bootEntries(facts, firmwareMap)
      .filter(({ type }) => type === SYSTEM_RAM)
      .map(lineRange)
      .map(({ start, end }) => ({ start: Math.max(start, facts.pageBytes), end }))
  }
  facts.assume(
    'No file tells boot memory from hot-added memory: all of it is taken for boot memory.',
  )
  return facts.blocks.map(({ id }) => rangeOfBlock(facts, id))
}

/** Cuts a range of one block where the spans of its nodes' zones begin and end; into equal parts where they do not tell of each. */
function cutByNode(facts: HostFacts, range: Range, nodes: readonly number[]): RamDescription[] {
  const spans = facts.zones
    .filter(
      ({ node, startPfn, spanned }) =>
        nodes.includes(node) && startPfn !== undefined && spanned > 0,
    )
    .map(({ node, startPfn = 0, spanned }) => ({
      node,
      start: startPfn * facts.pageBytes,
      end: (startPfn + spanned) * facts.pageBytes,
    }))
  const cuts = [...new Set(spans.flatMap(({ start, end }) => [start, end]))]
    .filter((cut) => cut > range.start && cut < range.end)
    .sort((a, b) => a - b)
  const pieces = [...cuts, range.end].map((end, index) => {
    const start = cuts[index - 1] ?? range.start
    const span = spans.find((other) => rangesOverlap(other, { start, end }))
    return { start, end, node: span?.node ?? nodes[0] ?? 0 }
  })
  const id = Math.floor(range.start / facts.blockBytes)
  const block = rangeOfBlock(facts, id)
  const isTold = (node: number): boolean =>
    pieces.some((piece) => piece.node === node) ||
    spans.some((span) => span.node === node && reachesBeyond(span, range, block))
  if (nodes.every(isTold)) return pieces
  facts.assume(
    `memory${id} is of nodes ${nodes.join(' and ')}, and no zone tells where each has its memory: equal parts are assumed.`,
  )
  return equalParts(facts, range, nodes)
}

/** Whether a span has some of a block outside a range of it. */
function reachesBeyond(span: Range, range: Range, block: Range): boolean {
  const part = rangeIntersection(span, block)
  return part !== undefined && !rangeContains(range, part)
}

/** As many pages of a range for each node; the last has what is left over. */
function equalParts(
  { pageBytes }: HostFacts,
  { start, end }: Range,
  nodes: readonly number[],
): RamDescription[] {
  const share = Math.floor((end - start) / nodes.length / pageBytes) * pageBytes
  return nodes.map((node, i) => ({
    start: start + i * share,
    end: i === nodes.length - 1 ? end : start + (i + 1) * share,
    node,
  }))
}

const NOT_LISTED = 'there is memory at its address, and no such block is listed: it is left out.'

/**
 * Boot memory by node, page aligned, ascending; neighbours of one node are joined. A block with two nodes is cut where
 * the zones of one end. What lies in no block that the host lists is left out.
 */
export function describeRam(facts: HostFacts): RamDescription[] {
  const { blockBytes, pageBytes } = facts
  const ram: { start: number; end: number; readonly node: number }[] = []
  const add = (piece: RamDescription): void => {
    const last = ram.at(-1)
    if (last !== undefined && last.end === piece.start && last.node === piece.node)
      last.end = piece.end
    else ram.push({ ...piece })
  }
  for (const range of bootRanges(facts).sort((a, b) => a.start - b.start)) {
    const end = Math.floor(range.end / pageBytes) * pageBytes
    let start = Math.ceil(range.start / pageBytes) * pageBytes
    while (start < end) {
      const id = Math.floor(start / blockBytes)
      const index = indexFrom(facts.blocks, id)
      const block = facts.blocks[index]
      if (block?.id !== id) {
        // Up to the next block that is listed: what iomem names may be larger than any machine.
        const next = Math.min(end, (block?.id ?? Number.POSITIVE_INFINITY) * blockBytes)
        const last = Math.ceil(next / blockBytes) - 1
        facts.assume(`memory${last > id ? `${id}-${last}` : id}: ${NOT_LISTED}`)
        start = next
        continue
      }
      const piece = { start, end: Math.min(end, (id + 1) * blockBytes) }
      const { nodes } = block
      if (nodes.length > 1) cutByNode(facts, piece, nodes).forEach(add)
      else add({ ...piece, node: nodes[0] ?? 0 })
      start = piece.end
    }
  }
  return ram
}
