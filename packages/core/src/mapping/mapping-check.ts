import { blockId, sectionNr } from '../address/brand'
import { coveredSize } from '../address/interval-set'
import { alignDown } from '../address/units'
import { findBlock } from '../block/block-table'
import { InvariantViolation, invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import { isSectionPresent, sectionPages } from '../section/section-table'
import { bootLeafBytes } from './boot-table'
import { kernelTables } from './kernel-tables'
import { isEmptyTable, type PageTables, readTable, type TablePlace } from './page-tables'
import { isBootFrame, type RegionShape, tableSpan } from './table-shape'
import { type FoundLeaf, findLeaf, walkTables } from './table-walk'
import { memmapPart, slotsOf } from './vmemmap-slot'

/** What a machine's generation makes true of its tables. */
export interface MappingRules {
  /** Tables that became empty were freed. */
  readonly emptyTables: 'free' | 'keep'
  /** A vmemmap leaf goes with the last section in it; `late`: it may outlive it (series of 2012). */
  readonly vmemmap: 'exact' | 'late'
}

/**
 * Checks the kernel's page tables against themselves and against the sections. Costs what is written down, not
 * what boot mapped.
 * @throws InvariantViolation
 * Source: spec 8.10, items 73 to 77. Of item 75 only the half that survives a failed add: what is present is mapped.
 */
export function checkMapping(machine: Machine, rules: MappingRules): void {
  const tables = kernelTables(machine)
  checkTables(tables, rules)
  checkSections(machine, tables)
  if (rules.vmemmap === 'exact') checkVmemmapLeaves(machine, tables)
}

/**
 * The half of `checkMapping` that needs no machine: each stored table is linked exactly once, none is empty that
 * the arch would have freed, and the counters are the sum of the leaves.
 * @throws InvariantViolation
 */
export function checkTables(tables: PageTables, rules: Pick<MappingRules, 'emptyTables'>): void {
  const { state, shape } = tables
  if (state.rootPfn === null) return
  const linked = new Set<number>()
  const directBytes = new Map(state.boot.unplacedDirectBytes)
  const add = (leafBytes: number, bytes: number): void =>
    void directBytes.set(leafBytes, (directBytes.get(leafBytes) ?? 0) + bytes)
  for (const region of [shape.regions.direct, shape.regions.vmemmap]) {
    walkTables(tables, wholeRegion(region), {
      leaf: ({ level }) => {
        if (region.name === 'direct') add(level.spanBytes, level.spanBytes)
      },
      table: (place) => {
        if (isStored(tables, place)) {
          if (place.level.index > 0) checkLinkedOnce(linked, place)
          if (rules.emptyTables === 'free') checkNotEmpty(tables, place)
          return 'enter'
        }
        if (region.name === 'direct') addBootBytes(tables, place, add)
        return 'skip'
      },
    })
  }
  for (const pfn of state.tables.keys()) {
    invariant(pfn === state.rootPfn || linked.has(pfn), `Page table ${pfn} is linked nowhere.`)
  }
  for (const [leafBytes, bytes] of directBytes) {
    const counted = state.directMapBytes.get(leafBytes) ?? 0
    invariant(counted === bytes, `DirectMap of ${leafBytes}: ${counted} counted, ${bytes} mapped.`)
  }
}

const wholeRegion = (region: RegionShape): { region: RegionShape; start: number; end: number } => ({
  region,
  start: 0,
  end: region.limitBytes,
})

/** False for a boot table that is as boot made it. Invariant: any other table is stored. */
function isStored(tables: PageTables, place: TablePlace): boolean {
  const stored = tables.state.tables.has(place.pfn)
  invariant(stored || isBootFrame(tables.shape, place.pfn), `Page table ${place.pfn} is gone.`)
  return stored
}

function checkLinkedOnce(linked: Set<number>, place: TablePlace): void {
  invariant(!linked.has(place.pfn), `Page table ${place.pfn} is linked twice.`)
  linked.add(place.pfn)
}

function checkNotEmpty(tables: PageTables, place: TablePlace): void {
  if (place.level.index === 0 || place.level.permanent) return
  const isEmpty = isEmptyTable(tables.shape, place.level, readTable(tables, place))
  invariant(!isEmpty, `The empty ${place.level.name} table ${place.pfn} was not freed.`)
}

function addBootBytes(
  tables: PageTables,
  place: TablePlace,
  add: (leafBytes: number, bytes: number) => void,
): void {
  const span = tableSpan(place.region, place.level, place.offset)
  for (const [leafBytes, bytes] of bootLeafBytes(tables, { region: place.region, ...span })) {
    add(leafBytes, bytes)
  }
}

/**
 * Every section that was hot-added or touched has its struct pages mapped, and its memory if it was hot-added and
 * belongs to a block. (One without a block is what a failed add left. Some archs take its direct map back.)
 */
function checkSections(machine: Machine, tables: PageTables): void {
  const { unusedVmemmap } = tables.state
  for (const [nr, section] of machine.state.memory.sections.separated) {
    const part = memmapPart(tables, sectionPages(machine, nr))
    for (const slot of slotsOf(tables, part)) {
      const isMapped = findLeaf(tables, part.region, slot.part.start) !== undefined
      invariant(isMapped, `Section ${nr}: its struct pages are not mapped.`)
    }
    invariant(coveredSize(unusedVmemmap, part) === 0, `Section ${nr}: struct pages are unused.`)
    if (!section.early && isInBlock(machine, nr)) checkDirectMap(machine, tables, nr)
  }
}

const isInBlock = (machine: Machine, nr: number): boolean =>
  findBlock(machine, blockId(Math.floor(nr / machine.geometry.sectionsPerBlock))) !== undefined

function checkDirectMap(machine: Machine, tables: PageTables, nr: number): void {
  const { sectionBytes } = machine.geometry
  const region = tables.shape.regions.direct
  const end = (nr + 1) * sectionBytes
  for (let at = nr * sectionBytes; at < end; ) {
    const leaf = findLeaf(tables, region, at)
    invariant(leaf, `Section ${nr}: physical address 0x${at.toString(16)} is not mapped.`)
    at = leaf.offset + leaf.level.spanBytes
  }
}

/** Every leaf of a changed part of the vmemmap holds struct pages of a section that is present. */
function checkVmemmapLeaves(machine: Machine, tables: PageTables): void {
  walkTables(tables, wholeRegion(tables.shape.regions.vmemmap), {
    table: (place) => (isStored(tables, place) ? 'enter' : 'skip'),
    leaf: (leaf) => checkVmemmapLeaf(machine, leaf),
  })
}

function checkVmemmapLeaf(machine: Machine, leaf: FoundLeaf): void {
  const { memmapBytesPerSection } = machine.geometry
  const end = leaf.offset + leaf.level.spanBytes
  let at = alignDown(leaf.offset, memmapBytesPerSection)
  for (; at < end; at += memmapBytesPerSection) {
    if (isSectionPresent(machine, sectionNr(at / memmapBytesPerSection))) return
  }
  throw new InvariantViolation(
    `vmemmap offset 0x${leaf.offset.toString(16)} is mapped for no section.`,
  )
}
