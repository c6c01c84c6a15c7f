import { KIB, MIB, rangeIntersection } from '@memhp/core'
import { kilobytesOf, parseMeminfo, parseZoneinfo, zoneCounts } from '@memhp/kernel-files'
import type { BlockSources, GatheredBlock, Read } from './block-facts'
import type { DaxDevice, QmpMemoryDevice } from './device-report'
import { type Gathering, placeOf } from './gathering'

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`

/** What texts are held against each other. */
export interface ComparedFacts {
  readonly blocks: readonly GatheredBlock[]
  readonly blockBytes: number
  readonly ram: BlockSources['ram']
  readonly devices: readonly Read<readonly QmpMemoryDevice[]>[]
  readonly dax: readonly Read<readonly DaxDevice[]>[]
  /** Releases of the kernel by where they are from. */
  readonly releases: ReadonlyMap<string, string>
}

function compareTotals(gathering: Gathering, { blocks, blockBytes }: ComparedFacts): void {
  if (blocks.some(({ state }) => state === undefined)) return
  const online = blocks.filter(({ state }) => state !== 'offline').length * blockBytes
  const place = blocks[0]?.place ?? ''
  const meminfo = gathering.files['/proc/meminfo']
  const total = meminfo === undefined ? undefined : kilobytesOf(parseMeminfo(meminfo), 'MemTotal')
  if (total !== undefined && total * KIB > online)
    gathering.contradict(
      `blocks of ${mib(online)} are online by ${place}, and /proc/meminfo has ${mib(total * KIB)}`,
    )
  const zoneinfo = gathering.files['/proc/zoneinfo']
  if (zoneinfo === undefined || total === undefined) return
  const managed = parseZoneinfo(zoneinfo).reduce((sum, zone) => sum + zoneCounts(zone).managed, 0)
  // The size of a page is what makes both agree, where one does.
  const sizes = [4, 8, 16, 64].map((kib) => managed * kib)
  if (!sizes.some((kib) => Math.abs(kib - total) < Math.max(KIB, total / 50)))
    gathering.contradict(
      `the zones of /proc/zoneinfo manage ${managed} pages, and MemTotal of /proc/meminfo is ${total} kB: not of one moment, or not of one machine`,
    )
}

function compareRam(gathering: Gathering, { blocks, blockBytes, ram }: ComparedFacts): void {
  if (ram === undefined) return
  const bare = blocks.filter(({ id, state }) => {
    const block = { start: id * blockBytes, end: (id + 1) * blockBytes }
    return (
      state === 'online' &&
      ram.ranges.every((range) => rangeIntersection(range, block) === undefined)
    )
  })
  const [first] = bare
  if (first !== undefined)
    gathering.contradict(
      `memory${first.id} is online by ${first.place}, and ${ram.place} has no System RAM there${bare.length > 1 ? `, nor for ${bare.length - 1} more` : ''}`,
    )
}

function compareDevices(gathering: Gathering, facts: ComparedFacts): void {
  const { blocks, blockBytes, devices } = facts
  const ids = new Map(blocks.map((block) => [block.id, block]))
  for (const { report, value } of devices) {
    for (const { id, start, sizeBytes = 0, node, requestedBytes } of value) {
      const place = `${id} of ${placeOf(report)}`
      if (requestedBytes !== undefined && requestedBytes !== sizeBytes)
        gathering.contradict(
          `${place} was asked for ${mib(requestedBytes)} and has ${mib(sizeBytes)}: it is on its way, or stuck`,
        )
      if (start === undefined || sizeBytes === 0) continue
      const block = ids.get(Math.floor(start / blockBytes))
      if (block === undefined)
        gathering.contradict(
          `${place} has ${mib(sizeBytes)} at 0x${start.toString(16)}, where the guest has no block: the kernel did not take it in`,
        )
      else if (node !== undefined && block.node !== undefined && block.node !== node)
        gathering.contradict(
          `${place} is of node ${node}, and memory${block.id} of node ${block.node} by ${block.place}`,
        )
    }
  }
}

function compareDax(gathering: Gathering, { dax }: ComparedFacts): void {
  for (const { report, value } of dax) {
    for (const { name, onlineBlocks, totalBlocks, mode } of value) {
      if (mode !== 'system-ram' || onlineBlocks === undefined || totalBlocks === undefined) continue
      if (onlineBlocks > totalBlocks)
        gathering.contradict(
          `${name} of ${placeOf(report)} has ${onlineBlocks} blocks online of ${totalBlocks}`,
        )
    }
  }
}

function compareReleases(gathering: Gathering, { releases }: ComparedFacts): void {
  const [[firstPlace, first] = ['', ''], ...others] = releases
  for (const [place, release] of others)
    if (release !== first)
      gathering.contradict(`the kernel is ${first} by ${firstPlace}, and ${release} by ${place}`)
}

/** Finds what texts contradict each other in. */
export function compareFacts(gathering: Gathering, facts: ComparedFacts): void {
  compareReleases(gathering, facts)
  compareTotals(gathering, facts)
  compareRam(gathering, facts)
  compareDevices(gathering, facts)
  compareDax(gathering, facts)
}
