import { formatHex, parseMeminfo, TextFault } from '@memhp/kernel-files'
import { intervalContains } from '../address/interval-set'
import { rangeIntersection, rangesOverlap } from '../address/range'
import type { Arch } from '../model/arch'
import type { BootZoneFacts, MachineDescription } from '../model/description'
import { refuseDescription as refuse } from '../shape/refuse-description'
import { bootMovable } from './boot-movable'

/** What memory an arch may have, for a refusal: up to the second address. */
export const reachText = ({ name, mappable: { start, end } }: Arch): string =>
  `${name} maps ${formatHex(start)} to ${formatHex(end)}.`

/**
 * Checks captured blocks: each is described once, and is where boot finds memory if it is early, else not.
 * @throws HotplugError BAD_DESCRIPTION
 */
export function checkBlocks(
  description: MachineDescription,
  arch: Arch,
  nodes: ReadonlySet<number>,
): void {
  const { blocks = [], ram, blockSizeBytes: bytes = arch.blockBytes } = description
  const seen = new Set<number>()
  blocks.forEach(({ id, nodes: owners, early, zone, state }, i) => {
    const place = `blocks[${i}]`
    const range = { start: id * bytes, end: (id + 1) * bytes }
    if (seen.has(id)) refuse(`${place}.id`, `memory${id} is described twice.`)
    seen.add(id)
    if (range.end > arch.mappable.end) refuse(`${place}.id`, reachText(arch))
    if (owners.length === 0) refuse(`${place}.nodes`, `memory${id} is of no node.`)
    const within = ram.filter((other) => rangesOverlap(other, range))
    const isBoot = within.length > 0
    if (early && !isBoot) refuse(place, `memory${id} holds none of "ram": it is not early.`)
    if (!early && isBoot) refuse(place, `memory${id} holds some of "ram": it is early.`)
    const other = owners.find((node) => !nodes.has(node))
    if (other !== undefined) refuse(`${place}.nodes`, `node ${other} is not among the nodes.`)
    const empty = owners.find((node) => !within.some((each) => each.node === node))
    if (early && empty !== undefined)
      refuse(`${place}.nodes`, `node ${empty} has none of the "ram" in memory${id}.`)
    const isShared = within.some(({ node }) => node !== within[0]?.node)
    if (isShared && (zone !== null || state === 'offline'))
      refuse(
        `${place}.zone`,
        `memory${id} has memory of several nodes, and so no zone: it is online.`,
      )
  })
}

/**
 * Checks the captured /proc/meminfo, of which a counter is read.
 * @throws HotplugError BAD_DESCRIPTION
 */
export function checkMeminfo({ files }: MachineDescription): void {
  try {
    parseMeminfo(files?.['/proc/meminfo'] ?? '')
  } catch (error) {
    if (!(error instanceof TextFault)) throw error
    refuse('files["/proc/meminfo"]', `line ${error.line}: ${error.message}.`)
  }
}

/**
 * Checks captured zones: boot memory of a zone lies in its span, but for blocks that are not online in it.
 * @throws HotplugError BAD_DESCRIPTION
 */
export function checkZoneSpans(description: MachineDescription, arch: Arch): void {
  const pageBytes = 2 ** arch.geometry.pageShift
  const edgesOf = edgePages(description, arch, pageBytes)
  description.zones?.forEach((facts, i) => {
    const span = {
      start: facts.startPfn * pageBytes,
      end: (facts.startPfn + facts.spannedPages) * pageBytes,
    }
    for (const page of edgesOf(facts)) {
      if (page >= span.start && page < span.end) continue
      refuse(
        `zones[${i}] (${facts.node}/${facts.zone})`,
        `spans ${formatHex(span.start)} to ${formatHex(span.end)}; it has boot memory at ${formatHex(page)}.`,
      )
    }
  })
}

/**
 * First and last pages of boot memory that is surely in a zone: where its blocks are described, they are online in it.
 * @returns tells them of a zone
 */
function edgePages(
  description: MachineDescription,
  arch: Arch,
  pageBytes: number,
): (facts: BootZoneFacts) => readonly number[] {
  const { ram, blocks = [], blockSizeBytes } = description
  const bytes = blockSizeBytes ?? arch.blockBytes
  const described = new Map(blocks.map((block) => [block.id, block]))
  const inMovable = bootMovable(description, { pagesPerBlock: bytes / pageBytes })
  return (facts) => {
    const movable = inMovable.get(facts.node)
    const bounds = zoneBounds(arch, facts.zone)
    const isIn = (address: number): boolean => {
      const block = described.get(Math.floor(address / bytes))
      if (block === undefined) return true
      if (movable !== undefined && intervalContains(movable, address / pageBytes)) return false
      // Of several zones that a block is in, the lowest begins with its memory: nothing movable is below 16 MiB.
      const isLowest = block.zone === null && bounds.start === 0 && bounds.end < MEMORY_END
      return block.state === 'online' && (block.zone === facts.zone || isLowest)
    }
    return ram
      .filter(({ node }) => node === facts.node)
      .flatMap((range) => rangeIntersection(range, bounds) ?? [])
      .flatMap(({ start, end }) => [start, end - pageBytes])
      .filter(isIn)
  }
}

const MEMORY_END = Number.MAX_SAFE_INTEGER

/** Where boot memory of a zone lies; empty for zones that boot puts nothing into. */
function zoneBounds({ geometry }: Arch, name: string): { start: number; end: number } {
  let start = 0
  for (const zone of geometry.zones) {
    const end = zone.endAddress ?? MEMORY_END
    if (zone.name === name) return { start, end }
    start = end
  }
  return { start: 0, end: 0 }
}
