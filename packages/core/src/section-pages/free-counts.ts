import { sectionNr } from '../address/brand'
import type { Range } from '../address/range'
import type { Machine } from '../model/machine'
import { MIGRATE_TYPE, MIGRATE_TYPES, PAGE_KIND } from '../model/page'
import type { Section } from '../model/section'
import type { Zone } from '../model/zone'
import { findSection } from '../section/section-table'
import { planCapturedUse, plannedUnmovablePageblocks } from './captured-use-plan'
import { countChunks, forEachChunk } from './chunk'
import { isMaterialised, pageblockShift, sectionBase } from './columns'
import { listSize } from './free-list'
import { zoneExtents } from './zone-slice'

/**
 * Free chunks of a zone by `order * MIGRATE_TYPES + type`, those of untouched memory included;
 * materialises nothing. Pages of per-CPU lists are not counted.
 * Source: /proc/buddyinfo and /proc/pagetypeinfo, mm/vmstat.c 6.1.
 * @alpha
 */
export function freeCounts(machine: Machine, zone: Zone): readonly number[] {
  const { maxOrder } = machine.geometry
  const counts = Array.from({ length: (maxOrder + 1) * MIGRATE_TYPES }, (_, index) =>
    listSize(zone.free.lists.get(index)),
  )
  const addTo = (type: number) => (order: number, count: number) => {
    const index = order * MIGRATE_TYPES + type
    counts[index] = (counts[index] ?? 0) + count
  }
  for (const run of zone.free.untouchedRuns) countChunks(run, maxOrder, addTo(MIGRATE_TYPE.movable))
  for (const nr of zone.free.captured) {
    countSeededChunks(machine, { zone, nr }, (type, order) => addTo(type)(order, 1))
  }
  for (const range of isolatedUniform(machine, zone)) {
    countChunks(range, maxOrder, addTo(MIGRATE_TYPE.isolate))
  }
  return counts
}

function countSeededChunks(
  machine: Machine,
  which: { readonly zone: Zone; readonly nr: number },
  add: (type: number, order: number) => void,
): void {
  const section = findSection(machine, sectionNr(which.nr))
  if (section === undefined) return
  const shift = pageblockShift(machine)
  const plan = planCapturedUse(machine, section)
  const unmovable = plannedUnmovablePageblocks(machine, plan)
  for (const segment of plan) {
    if (segment.kind !== PAGE_KIND.free || segment.zone !== which.zone.key) continue
    forEachChunk(segment, machine.geometry.maxOrder, ({ start, order }) => {
      const isUnmovable = unmovable.has(start >>> shift)
      add(isUnmovable ? MIGRATE_TYPE.unmovable : MIGRATE_TYPE.movable, order)
    })
  }
}

/** Pages of sections that are wholly free and isolated and have no descriptors. */
function isolatedUniform(machine: Machine, zone: Zone): readonly Range[] {
  if (zone.isolatedPageblocks === 0) return []
  const ranges: Range[] = []
  for (const section of machine.state.memory.sections.separated.values()) {
    if (!section.online || isMaterialised(section) || section.summary !== 'isolated') continue
    const base = sectionBase(machine, section)
    for (const part of zoneExtents(machine, section)) {
      const start = Math.max(part.start, section.selfHostedPages)
      if (part.zone === zone.key) ranges.push({ start: base + start, end: base + part.end })
    }
  }
  return ranges
}

/**
 * Pageblocks of a zone by migrate type. A pageblock belongs to the zone of its first page.
 * Source: /proc/pagetypeinfo, mm/vmstat.c 6.1.
 * @alpha
 */
export function pageblockCounts(machine: Machine, zone: Zone): readonly number[] {
  const { pageblockPages } = machine.geometry
  const counts: number[] = Array.from({ length: MIGRATE_TYPES }, () => 0)
  let all = 0
  for (const { start, end } of zone.online.ranges) {
    all += Math.ceil(end / pageblockPages) - Math.ceil(start / pageblockPages)
  }
  let others = 0
  const add = (type: number, pageblocks: number): void => {
    if (type === MIGRATE_TYPE.movable) return
    counts[type] = (counts[type] ?? 0) + pageblocks
    others += pageblocks
  }
  for (const section of machine.state.memory.sections.separated.values()) {
    for (const part of zoneExtents(machine, section)) {
      if (part.zone !== zone.key) continue
      const first = Math.ceil(part.start / pageblockPages)
      const end = Math.ceil(part.end / pageblockPages)
      countPageblocks(machine, section, { start: first, end }, add)
    }
  }
  counts[MIGRATE_TYPE.movable] = all - others
  return counts
}

/** Adds the pageblocks of a section, by their number in it, that are of another type than movable. */
function countPageblocks(
  machine: Machine,
  section: Readonly<Section>,
  blocks: Range,
  add: (type: number, pageblocks: number) => void,
): void {
  if (isMaterialised(section)) {
    for (const type of section.pageblocks.subarray(blocks.start, blocks.end)) add(type, 1)
    return
  }
  const memmap = section.selfHostedPages / machine.geometry.pageblockPages
  add(MIGRATE_TYPE.unmovable, memmap)
  if (section.summary === 'isolated') {
    add(MIGRATE_TYPE.isolate, blocks.end - Math.max(blocks.start, memmap))
  } else if (section.summary === 'captured') {
    const unmovable = plannedUnmovablePageblocks(machine, planCapturedUse(machine, section))
    for (const block of unmovable) {
      if (blocks.start <= block && block < blocks.end) add(MIGRATE_TYPE.unmovable, 1)
    }
  }
}
