import { lastGiven, parseCmdline, parseSize } from '@memhp/kernel-files'
import { nodeId } from '../address/brand'
import { emptyIntervalSet, insertInterval, removeInterval } from '../address/interval-set'
import type { Range } from '../address/range'
import type { MachineDescription } from '../model/description'
import type { Machine } from '../model/machine'
import { zoneKey } from '../zone/zone-table'

/** What boot has at the top of memory before it sets any aside: the initramfs, and what describes the nodes. */
const BOOT_DATA_BYTES = 1.25 * 2 ** 20
/** Where there is memory from here up, it is set aside from here up. */
const FOUR_GIB = 2 ** 32

/** Where memory was set aside for contiguous allocation, as far as files tell. @alpha */
export interface SetAsideFacts {
  /** What `cma=` says on the command line; undefined or null: nothing. */
  readonly asked: string | null | undefined
  readonly pageBytes: number
  readonly pageblockPages: number
  /** Bytes of page tables that boot has at the top of memory; default 0. */
  readonly tableBytes?: number
  /** Of each zone the pages that are set aside, and its boot memory, in pages, ascending. */
  readonly zones: readonly { readonly pages: number; readonly memory: readonly Range[] }[]
}

/** What `cma=` asks for. */
interface Wanted {
  readonly pages: number
  /** Where it is to lie, in pages; absent: anywhere. */
  readonly within?: Range
}

/** Reads `SIZE[@START[-END]]`; a start alone is where it begins. @returns undefined where nothing can be read */
function readWanted({ asked, pageBytes }: SetAsideFacts): Wanted | undefined {
  const [pages, start, end] = (asked ?? '')
    .split(/[@-]/, 3)
    .map((text) => (parseSize(text) ?? Number.NaN) / pageBytes)
  if (pages === undefined || !(pages > 0)) return undefined
  if (start === undefined || Number.isNaN(start)) return { pages }
  return { pages, within: { start, end: end ?? start + pages } }
}

/** The place of an area: the lowest from 4 GiB up, else the highest. @returns undefined where there is no room */
function placeOf(
  { pageBytes, pageblockPages }: SetAsideFacts,
  free: readonly Range[],
  { pages, within = { start: 0, end: Number.POSITIVE_INFINITY } }: Wanted,
): Range | undefined {
  const upwards = free.flatMap((gap): Range[] => {
    const from = Math.max(gap.start, within.start, FOUR_GIB / pageBytes)
    const start = Math.ceil(from / pageblockPages) * pageblockPages
    return start + pages <= Math.min(gap.end, within.end) ? [{ start, end: start + pages }] : []
  })
  const downwards = free.flatMap((gap): Range[] => {
    const to = Math.min(gap.end, within.end)
    const end = Math.floor(to / pageblockPages) * pageblockPages
    return end - pages >= Math.max(gap.start, within.start) ? [{ start: end - pages, end }] : []
  })
  return upwards[0] ?? downwards.at(-1)
}

/** The areas of one zone, as far as there is room for them. */
function areasInZone(
  facts: SetAsideFacts,
  { pages, memory }: SetAsideFacts['zones'][number],
): readonly Range[] {
  const { pageBytes, tableBytes = 0 } = facts
  const free = emptyIntervalSet()
  for (const range of memory) insertInterval(free, range)
  const ends = free.ranges.map(({ end }) => end)
  const areas: Range[] = []
  let left = pages
  const take = (want: Wanted): boolean => {
    const area = want.pages > left ? undefined : placeOf(facts, free.ranges, want)
    if (area === undefined) return false
    areas.push(area)
    removeInterval(free, area)
    left -= want.pages
    return true
  }
  const asked = readWanted(facts)
  if (asked?.within !== undefined) take(asked)
  const above = Math.ceil((BOOT_DATA_BYTES + tableBytes) / pageBytes)
  for (const end of ends)
    if (end * pageBytes <= FOUR_GIB) removeInterval(free, { start: end - above, end })
  const each = asked !== undefined && left % asked.pages === 0 ? asked.pages : left
  while (left > 0 && take({ pages: each }));
  return areas
}

/**
 * Boot memory that is set aside for contiguous allocation, in pages, ascending: as much of each zone as is known, where a
 * kernel of today puts it. `cma=SIZE@START-END` is obeyed. Whole pageblocks.
 * Source: cma_declare_contiguous_nid, mm/cma.c 6.12; guests of x86_64 and s390x with 7.2 and 7.3.
 * @alpha
 */
export const placeSetAside = (facts: SetAsideFacts): readonly Range[] =>
  facts.zones.flatMap((zone) => areasInZone(facts, zone)).sort((a, b) => a.start - b.start)

/** Bytes of the tables that map boot memory, where every leaf is a base page. */
function tableBytesOf({ arch, description }: Machine): number {
  const { direct, tables } = arch.mapping
  const last = tables?.levels.at(-1)
  if (direct.kind !== 'radix' || direct.leaves.length > 1 || last === undefined) return 0
  const bytes = description.ram.reduce((sum, { start, end }) => sum + end - start, 0)
  return bytes / 2 ** last.indexBits / (last.tablesPerPage ?? 1)
}

/** The areas of machines, by their descriptions. */
const AREAS = /* @__PURE__ */ new WeakMap<MachineDescription, readonly Range[]>()

/** The same of a machine; none where its description has no zones. */
export function contiguousAreas(machine: Machine): readonly Range[] {
  const { description, geometry, state } = machine
  const known = AREAS.get(description)
  if (known !== undefined) return known
  const { bootExtents } = state.memory.sections
  const zones = (description.zones ?? []).flatMap(({ node, zone, cmaPages = 0 }) => {
    if (cmaPages === 0) return []
    const key = zoneKey(nodeId(node), zone)
    const memory = bootExtents
      .filter((extent) => extent.zone === key)
      .map(({ startPfn, endPfn }) => ({ start: startPfn, end: endPfn }))
    return [{ pages: cmaPages, memory }]
  })
  const { pageBytes, pageblockPages } = geometry
  const asked = lastGiven(parseCmdline(description.cmdline ?? ''), 'cma')?.value
  const tableBytes = tableBytesOf(machine)
  const areas = placeSetAside({ asked, pageBytes, pageblockPages, tableBytes, zones })
  AREAS.set(description, areas)
  return areas
}
