import { type KernelParameter, lastGiven, parseCmdline, parseSize } from '@memhp/kernel-files'
import { nodeId } from '../address/brand'
import { emptyIntervalSet, insertInterval, removeInterval } from '../address/interval-set'
import type { Range } from '../address/range'
import type { MachineDescription } from '../model/description'
import type { Machine } from '../model/machine'
import { zoneKey } from '../zone/zone-table'

/** What boot has at the top of memory before it sets any aside: the initramfs, and what describes the nodes. */
const BOOT_DATA_BYTES = 1.25 * 2 ** 20
/** What of that stays reserved: the initramfs is given back. */
const KEPT_BYTES = 160 * 1024
/** Where there is memory from here up, it is set aside from here up. */
const FOUR_GIB = 2 ** 32

/** Where memory was set aside for contiguous allocation, as far as files tell. @alpha */
export interface SetAsideFacts {
  /** Of the command line, those called `cma` and `crashkernel` among them. */
  readonly parameters: readonly KernelParameter[]
  readonly pageBytes: number
  readonly pageblockPages: number
  /** Bytes of page tables that boot has at the top of memory; default 0. */
  readonly tableBytes?: number
  /** Of each zone the pages that are set aside, and its boot memory, in pages, ascending. */
  readonly zones: readonly { readonly pages: number; readonly memory: readonly Range[] }[]
}

/** A crash kernel begins at a multiple of this on x86, below 4 GiB. Source: CRASH_ALIGN, arch/x86/include/asm/crash_reserve.h 6.12. */
const CRASH_ALIGNMENT = 2 ** 24

/** What the command line asks for. */
interface Wanted {
  readonly pages: number
  /** Where it is to lie, in pages; absent: anywhere. */
  readonly within?: Range
  /** What it begins at a multiple of, in pages; default: a pageblock. */
  readonly alignment?: number
}

/** Reads `SIZE[@START[-END]]`; a start alone is where it begins. @returns undefined where nothing can be read */
function readWanted({ parameters, pageBytes }: SetAsideFacts): Wanted | undefined {
  const [pages, start, end] = (lastGiven(parameters, 'cma')?.value ?? '')
    .split(/[@-]/, 3)
    .map((text) => (parseSize(text) ?? Number.NaN) / pageBytes)
  if (pages === undefined || !(pages > 0)) return undefined
  if (start === undefined || Number.isNaN(start)) return { pages }
  return { pages, within: { start, end: end ?? start + pages } }
}

/**
 * Reads `crashkernel=SIZE`, and `crashkernel=SIZE,cma`, of which there may be one beside it.
 * Source: parse_crashkernel, kernel/crash_reserve.c 7.3.
 */
function readCrash(
  { parameters, pageBytes }: SetAsideFacts,
  suffix: '' | ',cma',
): number | undefined {
  const values = parameters.flatMap(({ name, value }) =>
    name === 'crashkernel' ? (value ?? '') : [],
  )
  const sizes = values.flatMap((value) =>
    value.endsWith(suffix) ? (parseSize(value.slice(0, value.length - suffix.length)) ?? []) : [],
  )
  const bytes = sizes.at(-1)
  return bytes === undefined ? undefined : bytes / pageBytes
}

/** The place of an area: the lowest from 4 GiB up, else the highest. @returns undefined where there is no room */
function placeOf(
  { pageBytes, pageblockPages }: SetAsideFacts,
  free: readonly Range[],
  want: Wanted,
): Range | undefined {
  const { pages, within = { start: 0, end: Number.POSITIVE_INFINITY } } = want
  const { alignment = pageblockPages } = want
  const places = (aligned: (gap: Range) => number): Range[] =>
    free.flatMap((each): Range[] => {
      const gap = {
        start: Math.max(each.start, within.start),
        end: Math.min(each.end, within.end),
      }
      const start = aligned(gap)
      return gap.start <= start && start + pages <= gap.end ? [{ start, end: start + pages }] : []
    })
  const upwards = places(
    ({ start }) => Math.ceil(Math.max(start, FOUR_GIB / pageBytes) / alignment) * alignment,
  )
  const downwards = places(({ end }) => Math.floor((end - pages) / alignment) * alignment)
  return upwards[0] ?? downwards.at(-1)
}

/** What is set aside, in pages, ascending. @alpha */
export interface SetAside {
  readonly areas: readonly Range[]
  /** Memory beside them that was left free, since areas begin at multiples of their alignment. */
  readonly spare: readonly Range[]
}

/** The areas of one zone, as far as there is room for them: those of `cma=`, and below a crash kernel the one of that. */
function areasInZone(
  facts: SetAsideFacts,
  { pages, memory }: SetAsideFacts['zones'][number],
): SetAside {
  const { pageBytes, tableBytes = 0 } = facts
  const free = emptyIntervalSet()
  for (const range of memory) insertInterval(free, range)
  const ends = free.ranges.map(({ end }) => end)
  const taken: Range[] = []
  const take = (want: Wanted): readonly Range[] => {
    const area = placeOf(facts, free.ranges, want)
    if (area === undefined) return []
    removeInterval(free, area)
    taken.push(area)
    return [area]
  }
  const asked = readWanted(facts)
  const crash = readCrash(facts, ',cma') ?? 0
  const hasCrash = crash > 0 && crash <= pages && (pages - crash) % (asked?.pages ?? 1) === 0
  let left = hasCrash ? pages - crash : pages
  const areas = [...(asked?.within === undefined || asked.pages > left ? [] : take(asked))]
  left -= areas.length * (asked?.pages ?? 0)
  // What boot takes later lies above that one, too.
  taken.length = 0
  const above = Math.ceil((BOOT_DATA_BYTES + tableBytes) / pageBytes)
  for (const end of ends)
    if (end * pageBytes <= FOUR_GIB) removeInterval(free, { start: end - above, end })
  const each = asked !== undefined && left % asked.pages === 0 ? asked.pages : left
  for (; left > 0; left -= each) areas.push(...take({ pages: each }))
  const kernel = readCrash(facts, '')
  const within = { start: 0, end: FOUR_GIB / pageBytes }
  if (kernel !== undefined) take({ pages: kernel, within, alignment: CRASH_ALIGNMENT / pageBytes })
  if (hasCrash) areas.push(...take({ pages: crash }))
  const kept = Math.ceil((KEPT_BYTES + tableBytes) / pageBytes)
  return { areas, spare: spareOf(taken, { ends, kept, limit: within.end }) }
}

/** What is left free above each taken range: up to the next, or up to what boot keeps at the end of memory. */
function spareOf(
  taken: readonly Range[],
  known: { readonly ends: readonly number[]; readonly kept: number; readonly limit: number },
): readonly Range[] {
  const starts = taken.map(({ start }) => start)
  return taken.flatMap(({ end: start }): Range[] => {
    const above = known.ends.find((end) => start < end && end <= known.limit)
    if (above === undefined) return []
    const next = Math.min(...starts.filter((each) => start <= each && each < above), above)
    const end = next === above ? above - known.kept : next
    return start < end ? [{ start, end }] : []
  })
}

/**
 * Boot memory that is set aside for contiguous allocation, in pages, ascending: as much of each zone as is known, where a
 * kernel of today puts it. `cma=SIZE@START-END` and
 * `crashkernel=SIZE,cma` are obeyed. Whole pageblocks.
 * Source: cma_declare_contiguous_nid, mm/cma.c 6.12; guests of x86_64 and s390x with 7.2 and 7.3.
 * @alpha
 */
export function placeSetAside(facts: SetAsideFacts): SetAside {
  const zones = facts.zones.map((zone) => areasInZone(facts, zone))
  const ascending = (part: keyof SetAside): readonly Range[] =>
    zones.flatMap((zone) => zone[part]).sort((a, b) => a.start - b.start)
  return { areas: ascending('areas'), spare: ascending('spare') }
}

/** Bytes of the tables that map boot memory, where every leaf is a base page. */
function tableBytesOf({ arch, description }: Machine): number {
  const { direct, tables } = arch.mapping
  const last = tables?.levels.at(-1)
  if (direct.kind !== 'radix' || direct.leaves.length > 1 || last === undefined) return 0
  const bytes = description.ram.reduce((sum, { start, end }) => sum + end - start, 0)
  return bytes / 2 ** last.indexBits / (last.tablesPerPage ?? 1)
}

/** Of machines, by their descriptions. */
const SET_ASIDE = /* @__PURE__ */ new WeakMap<MachineDescription, SetAside>()

/** The same of a machine; none where its description has no zones. */
export function setAsideOf(machine: Machine): SetAside {
  const { description, geometry, state } = machine
  const known = SET_ASIDE.get(description)
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
  const parameters = parseCmdline(description.cmdline ?? '')
  const tableBytes = tableBytesOf(machine)
  const placed = placeSetAside({ parameters, pageBytes, pageblockPages, tableBytes, zones })
  SET_ASIDE.set(description, placed)
  return placed
}
