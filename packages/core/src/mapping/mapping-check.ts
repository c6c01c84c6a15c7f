import { type SectionNr, sectionNr } from '../address/brand'
import { coveredSize } from '../address/interval-set'
import { formatHex, isAligned } from '../address/units'
import { blockOfSection, findBlock } from '../block/block-table'
import { InvariantViolation, invariant } from '../errors/invariant'
import type { GenerationRules } from '../model/generation-rules'
import type { Machine } from '../model/machine'
import { isSectionPresent, sectionPages } from '../section/section-table'
import { highmemStart } from '../zone/zone-table'
import { bootLeafBytes } from './boot-table'
import { kernelTables } from './kernel-tables'
import { leafTableAt, storedTables } from './leaf-tables'
import { areNone, readTable } from './page-tables'
import { sectionsDescribed } from './region-range'
import { checkPartlyUsed } from './shared-table-pages'
import { isStored } from './stored'
import { isBootFrame, regionsIn, tableSpan } from './table-shape'
import type {
  FoundLeaf,
  FoundLeaves,
  LevelShape,
  PageTables,
  RegionPart,
  RegionShape,
  TablePlace,
} from './table-types'
import { walkTables } from './table-walk'
import { marksUnused, memmapPart, slotsOf } from './vmemmap-slot'

/**
 * Checks the kernel's page tables against themselves and against the sections, by the rules of the machine's generation
 * and its arch. Costs what is written down, not what boot mapped.
 * @param mapped sections over which mappings came or went: of the others it is not looked whether they are mapped; all
 *   where it is left out
 * @throws InvariantViolation
 * Source: spec 8.10, items 73 to 77. Of item 75 only the half that survives a failed add: what is present is mapped.
 * @beta
 */
export function checkMapping(machine: Machine, mapped?: ReadonlySet<SectionNr>): void {
  const tables = kernelTables(machine)
  checkTables(tables, machine.generation.rules.mapping)
  if (mapped !== undefined) {
    for (const nr of mapped) checkMapped(machine, tables, nr)
    return
  }
  for (const nr of machine.state.memory.sections.separated.keys()) checkSection(machine, tables, nr)
  const { vmemmap } = tables.shape.regions
  if (vmemmap !== undefined && marksUnused(machine)) {
    checkVmemmapLeaves(machine, tables, wholeRegion(vmemmap))
  }
}

/** Checks the tables over a section whose mapping came or went. */
function checkMapped(machine: Machine, tables: PageTables, nr: SectionNr): void {
  const section = machine.state.memory.sections.separated.get(nr)
  if (section !== undefined) checkSection(machine, tables, nr)
  checkBeside(machine, tables, nr)
  if (section?.early === true) return
  if (tables.shape.regions.vmemmap === undefined || !marksUnused(machine)) return
  checkVmemmapLeaves(machine, tables, memmapPart(tables, sectionPages(machine, nr)))
}

/** Sections whose struct pages share a large leaf with those of one that came or went have theirs still. */
function checkBeside(machine: Machine, tables: PageTables, nr: SectionNr): void {
  if (tables.shape.regions.vmemmap === undefined) return
  const { separated } = machine.state.memory.sections
  for (const slot of slotsOf(tables, memmapPart(tables, sectionPages(machine, nr)))) {
    const { start, end } = sectionsDescribed(machine, slot)
    for (let beside = start; beside < end; beside++)
      if (beside !== nr && separated.has(sectionNr(beside)))
        checkStructPages(machine, tables, sectionNr(beside))
  }
}

/** What must hold of a stored table, whatever links it. */
function checkTable(
  tables: PageTables,
  place: TablePlace,
  rules: Pick<GenerationRules['mapping'], 'emptyTables'>,
): void {
  if (rules.emptyTables === 'free') checkNotEmpty(tables, place)
  checkRuns(tables, place)
}

/**
 * The half of `checkMapping` that needs no machine: each stored table is linked exactly once, none is empty that
 * the arch would have freed, and the counters are the sum of the leaves.
 * @throws InvariantViolation
 */
export function checkTables(
  tables: PageTables,
  rules: Pick<GenerationRules['mapping'], 'emptyTables'>,
): void {
  const { state, shape } = tables
  const linked = new Map<number, LevelShape>()
  const directBytes = new Map(state.boot.unplacedDirectBytes)
  const add = (leafBytes: number, bytes: number): void =>
    void directBytes.set(leafBytes, (directBytes.get(leafBytes) ?? 0) + bytes)
  for (const region of regionsIn(shape)) {
    const addLeaves = ({ sizeBytes, count }: Pick<FoundLeaves, 'sizeBytes' | 'count'>): void => {
      if (region.name === 'direct') add(sizeBytes, count * sizeBytes)
    }
    walkTables(tables, wholeRegion(region), {
      leaf: ({ sizeBytes }) => addLeaves({ sizeBytes, count: 1 }),
      leaves: addLeaves,
      table: (place) => {
        if (isInUse(tables, place)) {
          if (place.level.index > 0) checkLinkedOnce(linked, place)
          const leaves = leafTableAt(tables, place.pfn)
          if (leaves === undefined) {
            checkTable(tables, place, rules)
            return 'enter'
          }
          const { spanBytes, entries } = leaves.level
          if (region.name === 'direct') add(spanBytes, entries * spanBytes)
          return 'skip'
        }
        if (region.name === 'direct') addBootBytes(tables, place, add)
        return 'skip'
      },
    })
  }
  for (const { pfn } of storedTables(tables)) {
    invariant(
      pfn === state.rootPfn || linked.has(pfn),
      `Page table ${formatHex(pfn)} is linked nowhere.`,
    )
  }
  checkPartlyUsed(tables, linked)
  for (const [leafBytes, bytes] of directBytes) {
    const counted = state.directMapBytes.get(leafBytes) ?? 0
    invariant(counted === bytes, `DirectMap of ${leafBytes}: ${counted} counted, ${bytes} mapped.`)
  }
}

const wholeRegion = (region: RegionShape): RegionPart => ({
  region,
  start: 0,
  end: region.limitBytes,
})

/** False for a boot table that is as boot made it. Invariant: any other table is stored. */
function isInUse(tables: PageTables, place: TablePlace): boolean {
  const stored = isStored(tables, place.pfn)
  invariant(
    stored || isBootFrame(tables.shape, place.pfn),
    `Page table ${formatHex(place.pfn)} is gone.`,
  )
  return stored
}

function checkLinkedOnce(linked: Map<number, LevelShape>, place: TablePlace): void {
  invariant(!linked.has(place.pfn), `Page table ${formatHex(place.pfn)} is linked twice.`)
  linked.set(place.pfn, place.level)
}

function checkNotEmpty(tables: PageTables, place: TablePlace): void {
  if (place.level.index === 0 || place.level.permanent) return
  const isEmpty = areNone(tables.shape, place.level, readTable(tables, place))
  invariant(!isEmpty, `The empty ${place.level.name} table ${formatHex(place.pfn)} was not freed.`)
}

/** All entries of a run are marked, and map neighbouring memory that is aligned to the run's size. */
function checkRuns(tables: PageTables, place: TablePlace): void {
  const { level } = place
  if (level.run === undefined) return
  const { entries } = level.run
  const words = readTable(tables, place)
  for (let first = 0; first < level.entries; first += entries) {
    const run = words.subarray(2 * first, 2 * (first + entries))
    const isRight = marks(tables, level, run) === 0 || isWholeRun(tables, level, run)
    invariant(
      isRight,
      `A run in the ${level.name} table ${formatHex(place.pfn)} is broken at entry ${first}.`,
    )
  }
}

/** How many of these entries are leaves that are marked as parts of a run. */
function marks({ shape }: PageTables, level: LevelShape, words: Uint32Array): number {
  const { entries } = shape.geometry
  let found = 0
  for (let i = 0; i < words.length; i += 2) {
    const [low = 0, high = 0] = words.subarray(i, i + 2)
    const isLeaf = !entries.isNone(low, high, level.index) && entries.isLeaf(low, high, level.index)
    if (isLeaf && level.run?.spanOf({ low, high }, 0) !== undefined) found += 1
  }
  return found
}

function isWholeRun({ shape }: PageTables, level: LevelShape, words: Uint32Array): boolean {
  const { run } = level
  const start = shape.geometry.entries.address(words[0] ?? 0, words[1] ?? 0, level.index)
  if (run === undefined || !isAligned(start, run.sizeBytes)) return false
  for (let i = 0; i < run.entries; i++) {
    const { low, high } = run.entry(shape, start + i * level.spanBytes)
    if (words[2 * i] !== low || words[2 * i + 1] !== high) return false
  }
  return true
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
 * A section that was hot-added or touched has its struct pages mapped, and its memory if it was hot-added and
 * belongs to a block. (One without a block is what a failed add left. Some archs take its direct map back.)
 */
function checkSection(machine: Machine, tables: PageTables, nr: SectionNr): void {
  const { direct, vmemmap } = tables.shape.regions
  const isEarly = machine.state.memory.sections.separated.get(nr)?.early === true
  if (vmemmap !== undefined) checkStructPages(machine, tables, nr)
  if (direct !== undefined && isMappedByAdds(machine) && !isEarly && isInBlock(machine, nr))
    checkDirectMap(tables, directPart(machine, direct, nr))
}

/** Whether memory that is added is in the direct map. */
function isMappedByAdds({ arch }: Machine): boolean {
  const { direct } = arch.mapping
  return direct.kind === 'radix' && direct.fixedAtBoot === undefined
}

function checkStructPages(machine: Machine, tables: PageTables, nr: SectionNr): void {
  const part = memmapPart(tables, sectionPages(machine, nr))
  invariant(
    firstUnmapped(tables, part) === undefined,
    `Section ${nr}: its struct pages are not mapped.`,
  )
  const unused = coveredSize(tables.state.unusedVmemmap, part)
  invariant(unused === 0, `Section ${nr}: struct pages are unused.`)
}

const isInBlock = (machine: Machine, nr: number): boolean =>
  findBlock(machine, blockOfSection(machine, nr)) !== undefined

/** Where the direct map has a section, as far as it covers it. */
function directPart(machine: Machine, region: RegionShape, nr: SectionNr): RegionPart {
  const { sectionBytes } = machine.geometry
  const { startAddress } = region
  const end = Math.min((nr + 1) * sectionBytes, highmemStart(machine.arch.geometry))
  return { region, start: nr * sectionBytes - startAddress, end: end - startAddress }
}

function checkDirectMap(tables: PageTables, part: RegionPart): void {
  const at = firstUnmapped(tables, part)
  if (at === undefined) return
  const address = formatHex(part.region.startAddress + at)
  throw new InvariantViolation(`Physical address ${address} is not mapped.`)
}

/** The first byte of a part, from the region's base, that no leaf maps. */
function firstUnmapped(tables: PageTables, part: RegionPart): number | undefined {
  let next = part.start
  const passOver = ({ offset, sizeBytes, count }: FoundLeaves): void => {
    if (offset <= next) next = Math.max(next, offset + count * sizeBytes)
  }
  walkTables(tables, part, {
    table(place) {
      const leaves = leafTableAt(tables, place.pfn)
      if (leaves === undefined) return 'enter'
      const span = tableSpan(place.region, place.level, place.offset)
      if (span.start <= next) next = Math.max(next, span.end)
      return 'skip'
    },
    leaf: (leaf) => passOver({ ...leaf, count: 1 }),
    leaves: passOver,
  })
  return next < part.end ? next : undefined
}

/** Every leaf of a changed part of the vmemmap holds struct pages of a section that is present. */
function checkVmemmapLeaves(machine: Machine, tables: PageTables, part: RegionPart): void {
  walkTables(tables, part, {
    table: (place) => (isInUse(tables, place) ? 'enter' : 'skip'),
    leaf: (leaf) => checkVmemmapLeaf(machine, leaf),
  })
}

function checkVmemmapLeaf(machine: Machine, leaf: FoundLeaf): void {
  const { offset: start, sizeBytes } = leaf
  const described = sectionsDescribed(machine, { start, end: start + sizeBytes })
  for (let nr = described.start; nr < described.end; nr++)
    if (isSectionPresent(machine, sectionNr(nr))) return
  throw new InvariantViolation(`vmemmap offset ${formatHex(leaf.offset)} is mapped for no section.`)
}
