import { type Range, rangesOverlap } from '../address/range'
import { alignDown, formatHex, isAligned, isPowerOfTwo } from '../address/units'
import { invariant } from '../errors/invariant'
import type { RadixDirectMap } from '../model/kernel-mapping'
import type { EntryFormat, EntryWords, PageTableGeometry } from '../model/page-table-geometry'
import { entryBitsProblem } from './entry-bits-check'
import {
  bootTablePfn,
  levelAt,
  type MappedArch,
  regionsIn,
  tableBytes,
  tableShape,
} from './table-shape'
import type { LevelShape, RegionShape, TableShape } from './table-types'
import { stepBetween } from './words'

/**
 * What is wrong with the data of an arch's page tables: indices and shifts, regions, leaf sizes, or that entries do not
 * read back what was written to them.
 * @returns a sentence that begins with the place; undefined where the data fits together
 * @beta
 */
export function pageTableProblem(arch: MappedArch): string | undefined {
  const [problem] = problems(arch)
  return problem
}

type Problems = Generator<string, void>

/** Each check may lean on those before it: only the first problem counts. */
function* problems(arch: MappedArch): Problems {
  const { tables, direct, vmemmap } = arch.mapping
  if (tables === undefined) return yield 'there are no page tables to check.'
  yield* levelProblems(tables, arch.geometry.pageShift)
  yield* runProblems(tables)
  yield* sharedPageProblems(tables, arch.geometry.pageShift)
  if (direct.kind === 'radix') {
    yield* leafProblems(tables, { name: 'direct', leaves: direct.leaves })
    yield* counterProblems(direct)
  }
  if (vmemmap.kind === 'radix')
    yield* leafProblems(tables, { name: 'vmemmap', leaves: vmemmap.leaves })
  yield* permanentTableProblems(tables)
  const shape = tableShape(arch)
  yield* regionProblems(shape)
  yield* bootFrameProblems(shape)
  yield* entryProblems(shape)
}

function* levelProblems(
  { levels, entryBytes = 8 }: PageTableGeometry,
  pageShift: number,
): Problems {
  if (levels.length === 0) yield 'there is no level.'
  if (new Set(levels.map((level) => level.name)).size < levels.length)
    yield 'two levels share a name.'
  if (entryBytes !== 4 && entryBytes !== 8) yield `entries of ${entryBytes} bytes: 4 or 8.`
  let shift = pageShift
  for (const { name, indexBits, shift: given } of levels.toReversed()) {
    if (!Number.isInteger(indexBits) || indexBits <= 0) yield `${name}: ${indexBits} index bits.`
    if (given !== shift) yield `${name}: shift is ${given}, the levels below make ${shift}.`
    shift += indexBits
  }
  if (shift > 64) yield `the levels span ${shift} bits.`
}

function* leafProblems(
  tables: PageTableGeometry,
  { name, leaves }: Pick<RegionShape, 'name' | 'leaves'>,
): Problems {
  if (leaves.length === 0) yield `no leaf sizes for the ${name} region.`
  const ofEntries = tables.levels.map((level) => 2 ** level.shift)
  const ofRuns = tables.levels.map(({ shift, run }) => 2 ** shift * (run?.entries ?? 0))
  for (const [i, size] of leaves.entries()) {
    const what = `${name} leaf of ${formatHex(size)} bytes`
    const sizes = [...ofEntries, ...ofRuns].filter((bytes) => bytes > 0)
    if (!sizes.includes(size))
      yield `${what}: no level has entries of this size, nor runs: there are ${sizes.map(formatHex).join(', ')}.`
    const mayBeRun = name === 'direct' && i + 1 < leaves.length
    if (!mayBeRun && !ofEntries.includes(size))
      yield `${what}: runs are for the direct map, and not its smallest leaves.`
    if (size >= (leaves[i - 1] ?? Infinity)) yield `${name} leaves must come largest first.`
  }
}

function* runProblems({ levels }: PageTableGeometry): Problems {
  for (const [i, { name, indexBits, run }] of levels.entries()) {
    if (run === undefined) continue
    const { entries, markBit } = run
    if (!isPowerOfTwo(entries) || entries === 1 || entries >= 2 ** indexBits)
      yield `${name}: a run of ${entries} entries is not a part of a table.`
    if (!Number.isInteger(markBit) || markBit < 0 || markBit >= 64) yield `${name}: bit ${markBit}.`
    if (i === 0) yield `${name}: the top level has no runs.`
  }
}

function* sharedPageProblems(tables: PageTableGeometry, pageShift: number): Problems {
  for (const [i, level] of tables.levels.entries()) {
    const { name, tablesPerPage } = level
    if (tablesPerPage === undefined) continue
    const bytes = tableBytes(tables, level)
    const what = `${name}: ${tablesPerPage} tables of ${bytes} bytes to a page`
    if (!isPowerOfTwo(tablesPerPage)) yield `${what}: give a power of two.`
    if (tablesPerPage * bytes > 2 ** pageShift) yield `${what}: they do not fit.`
    if (i === 0) yield `${name}: the top-level table shares no page.`
    if (tables.sharing === undefined)
      yield `${what}: give sharing: SHARED_TABLE_PAGES beside levels.`
  }
}

function* counterProblems({ counters = [] }: RadixDirectMap): Problems {
  const names = new Set(counters.map((leaf) => leaf.counter))
  const sizes = new Set(counters.map((leaf) => leaf.sizeBytes))
  if (names.size < counters.length || sizes.size < counters.length)
    yield 'two leaf sizes share a counter, or two counters a size.'
}

function* permanentTableProblems({
  levels,
  permanentTables,
  secondTables,
}: PageTableGeometry): Problems {
  const below = levels.slice(1).map((level) => level.name)
  const unknown = permanentTables.find((name) => !below.includes(name))
  if (unknown !== undefined) yield `permanent tables: no level "${unknown}" below the top.`
  const second = levels[1]?.name ?? ''
  if (secondTables === 'at-boot' && !permanentTables.includes(second))
    yield `permanent tables: those of level "${second}", which come at boot, are not named.`
}

function* regionProblems(shape: TableShape): Problems {
  const top = levelAt(shape, 0)
  const spans: Range[] = []
  for (const { name, base, firstByte, leaves, startAddress, rootIndex, limitBytes } of regionsIn(
    shape,
  )) {
    if (base < 0n || base >= 2n ** 64n || (name === 'direct' && firstByte > 0))
      yield `the ${name} region does not begin where an entry of the ${top.name} does, at a multiple of ${formatHex(top.spanBytes)}.`
    if (!isAligned(firstByte, leaves[0] ?? 1))
      yield `the ${name} region begins inside a leaf: give a base that is a multiple of ${formatHex(leaves[0] ?? 1)}.`
    if (name === 'direct' && !isAligned(startAddress, leaves[0] ?? 1))
      yield `the ${name} region begins with ${formatHex(startAddress)}, which is inside a leaf.`
    const end = rootIndex + Math.ceil(limitBytes / top.spanBytes)
    if (end > top.entries) yield `the ${name} region does not fit into the ${top.name}.`
    spans.push({ start: rootIndex, end })
  }
  const [first, second] = spans
  if (first === undefined) return yield 'no region is in them: leave them out.'
  if (second === undefined || !rangesOverlap(first, second)) return
  const taken = ({ start, end }: Range): string => `${start} to ${end - 1}`
  yield `the two regions overlap: direct takes entries ${taken(first)} of the ${top.name}, vmemmap ${taken(second)}, and each is for one region.`
}

function* bootFrameProblems(shape: TableShape): Problems {
  const { geometry, pageBytes, bootFrameEnd, regions } = shape
  const largest = regions.vmemmap?.leaves[0] ?? pageBytes
  if (!isAligned(geometry.bootFrameBase, largest))
    yield `bootFrameBase ${formatHex(geometry.bootFrameBase)} is not a multiple of a vmemmap leaf.`
  if (bootFrameEnd * pageBytes > 2 ** 53) yield 'boot frames reach beyond 2^53.'
}

/** Writes entries with the largest addresses there are and reads them back. */
function* entryProblems(shape: TableShape): Problems {
  const { entries, levels } = shape.geometry
  const ofBits = entries.bits && entryBitsProblem(entries.bits, levels)
  if (ofBits !== undefined) yield ofBits
  for (const level of shape.levels) {
    const none = entries.none(level.index)
    if (!entries.isNone(none.low, none.high, level.index))
      yield `${level.name}: an empty entry is not none.`
    if (level.index > 0) yield* tableEntryProblems(shape, level)
  }
  const sizes = regionsIn(shape).flatMap((region) => region.leaves)
  const limit = Math.max(...regionsIn(shape).map((region) => region.limitBytes))
  for (const level of shape.levels.filter((each) => sizes.includes(each.spanBytes))) {
    const address = Math.max(0, alignDown(limit, level.spanBytes) - level.spanBytes)
    yield* leafEntryProblems(shape, level, address)
    yield* fieldProblems(shape, level, address)
  }
}

/** The address is a field of a leaf: equal distances are equal steps, from the first leaf, and before a last one. */
function* fieldProblems({ geometry }: TableShape, level: LevelShape, last: number): Problems {
  const { spanBytes, name, index } = level
  const leafAt = (address: number): EntryWords => geometry.entries.leaf(address, index)
  const steps = [1, 2, 3, last / spanBytes]
    .filter((leaf) => leaf > 0)
    .map((leaf) => stepBetween(leafAt((leaf - 1) * spanBytes), leafAt(leaf * spanBytes)))
  const [first] = steps
  if (steps.some(({ low, high }) => low !== first?.low || high !== first.high))
    yield `${name}: leaves of neighbouring memory are not the same step apart.`
}

/** What an entry is read as, and how that is said. */
const SORTS = {
  empty: 'an empty one',
  leaf: 'a leaf: it has a bit that marks leaves (leafMark)',
  table: 'one that points at a table: it has no bit that marks leaves (leafMark)',
} as const

function sortOf(
  entries: EntryFormat,
  { low, high }: EntryWords,
  index: number,
): keyof typeof SORTS {
  if (entries.isNone(low, high, index)) return 'empty'
  return entries.isLeaf(low, high, index) ? 'leaf' : 'table'
}

/** Of the two last tables of the level: where tables share pages, their addresses differ below those of pages. */
function* tableEntryProblems(shape: TableShape, level: LevelShape): Problems {
  const { pageBytes, geometry } = shape
  const { entries } = geometry
  const region = regionsIn(shape).at(-1)
  invariant(region, 'A region is in the tables.')
  const above = level.index - 1
  const span = level.spanBytes * level.entries
  for (const end of [region.limitBytes, region.limitBytes - span]) {
    const offset = Math.max(0, end - pageBytes)
    const address = bootTablePfn(shape, region, level, offset) * pageBytes
    const { low, high } = entries.table(address, above)
    const sort = sortOf(entries, { low, high }, above)
    if (sort !== 'table')
      yield `${level.name}: an entry that points at a table is read as ${SORTS[sort]}.`
    yield* widthProblems(geometry, level, high)
    const read = entries.address(low, high, above)
    if (read !== address)
      yield `${level.name}: table ${formatHex(address)} is read back as ${formatHex(read)}: an entry has not all bits of it.`
  }
}

/** Entries of 4 bytes have no upper word. */
function* widthProblems(
  { entryBytes }: PageTableGeometry,
  { name }: LevelShape,
  high: number,
): Problems {
  if (entryBytes === 4 && high !== 0) yield `${name}: an entry needs more than 4 bytes.`
}

function* leafEntryProblems(shape: TableShape, level: LevelShape, address: number): Problems {
  const { entries } = shape.geometry
  const { run } = level
  const single = entries.leaf(address, level.index)
  if (run?.spanOf(single, 0) !== undefined)
    yield `${level.name}: a single leaf has the bit of runs.`
  const sorts = [
    { entry: single, of: '' },
    ...(run === undefined ? [] : [{ entry: run.entry(shape, address), of: ' of a run' }]),
  ]
  for (const { entry, of } of sorts) {
    const { low, high } = entry
    const sort = sortOf(entries, { low, high }, level.index)
    if (sort !== 'leaf') yield `${level.name}: a leaf${of} is read as ${SORTS[sort]}.`
    yield* widthProblems(shape.geometry, level, high)
    const read = entries.address(low, high, level.index)
    if (read !== address)
      yield `${level.name}: address ${formatHex(address)}${of} is read back as ${formatHex(read)}: an entry has not all bits of it.`
  }
}
