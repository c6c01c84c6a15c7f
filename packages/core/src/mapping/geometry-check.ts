import { alignDown, isAligned, isPowerOfTwo } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import type { RadixDirectMap } from '../model/kernel-mapping'
import type { PageTableGeometry } from '../model/page-table-geometry'
import { hasRuns, isInRun, type LevelWithRuns, runEntry } from './leaf-run'
import {
  bootTablePfn,
  levelAt,
  type MappedArch,
  type RegionShape,
  regionsIn,
  type TableShape,
  tableShape,
} from './table-shape'

/**
 * Checks that the data of an arch's page tables fits together: indices and shifts, regions, leaf sizes, and that
 * entries read back what was written to them.
 * @throws HotplugError BAD_PLUGIN that says what is wrong
 * @beta
 */
export function checkPageTableGeometry(arch: MappedArch): void {
  const { tables, direct, vmemmap } = arch.mapping
  if (tables === undefined) refuse('there are no page tables to check.')
  checkLevels(tables, arch.geometry.pageShift)
  checkRuns(tables)
  if (direct.kind === 'radix') {
    checkLeaves(tables, { name: 'direct', leaves: direct.leaves })
    checkCounters(direct)
  }
  if (vmemmap.kind === 'radix') checkLeaves(tables, { name: 'vmemmap', leaves: vmemmap.leaves })
  checkPermanentTables(tables)
  const shape = tableShape(arch)
  checkRegions(shape)
  checkBootFrames(shape)
  checkEntries(shape)
}

function refuse(what: string): never {
  throw new HotplugError('BAD_PLUGIN', 'EINVAL', `page tables: ${what}`)
}

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) refuse(what)
}

function checkLevels(geometry: PageTableGeometry, pageShift: number): void {
  const { levels } = geometry
  demand(levels.length > 0, 'there is no level.')
  demand(
    new Set(levels.map((level) => level.name)).size === levels.length,
    'two levels share a name.',
  )
  let shift = pageShift
  for (const level of levels.toReversed()) {
    const { name, indexBits } = level
    demand(Number.isInteger(indexBits) && indexBits > 0, `${name}: ${indexBits} index bits.`)
    demand(
      level.shift === shift,
      `${name}: shift is ${level.shift}, the levels below make ${shift}.`,
    )
    shift += indexBits
  }
  demand(shift <= 64, `the levels span ${shift} bits.`)
}

function checkLeaves(
  tables: PageTableGeometry,
  { name, leaves }: Pick<RegionShape, 'name' | 'leaves'>,
): void {
  demand(leaves.length > 0, `no leaf sizes for the ${name} region.`)
  const ofEntries = tables.levels.map((level) => 2 ** level.shift)
  const ofRuns = tables.levels.map(({ shift, run }) => 2 ** shift * (run?.entries ?? 0))
  leaves.forEach((size, i) => {
    const isKnown = [...ofEntries, ...ofRuns].includes(size)
    demand(isKnown, `${name} leaf of ${size} bytes: no level has entries of this size, nor runs.`)
    const mayBeRun = name === 'direct' && i + 1 < leaves.length
    demand(
      mayBeRun || ofEntries.includes(size),
      `${name} leaf of ${size} bytes: runs are for the direct map, and not its smallest leaves.`,
    )
    demand(size < (leaves[i - 1] ?? Infinity), `${name} leaves must come largest first.`)
  })
}

function checkRuns({ levels }: PageTableGeometry): void {
  for (const [i, { name, indexBits, run }] of levels.entries()) {
    if (run === undefined) continue
    const { entries, markBit } = run
    const isPart = isPowerOfTwo(entries) && entries > 1 && entries < 2 ** indexBits
    demand(isPart, `${name}: a run of ${entries} entries is not a part of a table.`)
    demand(Number.isInteger(markBit) && markBit >= 0 && markBit < 64, `${name}: bit ${markBit}.`)
    demand(i > 0, `${name}: the top level has no runs.`)
  }
}

function checkCounters({ counters = [] }: RadixDirectMap): void {
  const names = new Set(counters.map((leaf) => leaf.counter))
  const sizes = new Set(counters.map((leaf) => leaf.sizeBytes))
  const isOneToOne = names.size === counters.length && sizes.size === counters.length
  demand(isOneToOne, 'two leaf sizes share a counter, or two counters a size.')
}

function checkPermanentTables(geometry: PageTableGeometry): void {
  const below = geometry.levels.slice(1).map((level) => level.name)
  for (const name of geometry.permanentTables) {
    demand(below.includes(name), `permanent tables: no level "${name}" below the top.`)
  }
}

function checkRegions(shape: TableShape): void {
  const top = levelAt(shape, 0)
  const spans = regionsIn(shape).map(({ name, base, rootIndex, limitBytes }) => {
    const isWhole = base >= 0n && base < 2n ** 64n && base % BigInt(top.spanBytes) === 0n
    demand(isWhole, `the ${name} region does not begin where an entry of the ${top.name} does.`)
    const end = rootIndex + Math.ceil(limitBytes / top.spanBytes)
    demand(end <= top.entries, `the ${name} region does not fit into the ${top.name}.`)
    return { start: rootIndex, end }
  })
  const [first, second] = spans
  demand(first !== undefined, 'no region is in them: leave them out.')
  const areApart = second === undefined || first.end <= second.start || second.end <= first.start
  demand(areApart, 'the two regions overlap.')
}

function checkBootFrames(shape: TableShape): void {
  const { geometry, pageBytes, bootFrameEnd, regions } = shape
  const largest = regions.vmemmap?.leaves[0] ?? pageBytes
  demand(
    isAligned(geometry.bootFrameBase, largest),
    'bootFrameBase is not a multiple of a vmemmap leaf.',
  )
  demand(bootFrameEnd * pageBytes <= 2 ** 53, 'boot frames reach beyond 2^53.')
}

/** Writes entries with the largest addresses there are and reads them back. */
function checkEntries(shape: TableShape): void {
  const { geometry, levels, pageBytes } = shape
  const { entries } = geometry
  const region = regionsIn(shape).at(-1)
  invariant(region, 'A region is in the tables.')
  for (const level of levels) {
    const none = entries.none(level.index)
    demand(
      entries.isNone(none.low, none.high, level.index),
      `${level.name}: an empty entry is not none.`,
    )
    if (level.index === 0) continue
    const address = bootTablePfn(shape, region, level, region.limitBytes - pageBytes) * pageBytes
    const above = level.index - 1
    const { low, high } = entries.table(address, above)
    const isTable = !entries.isNone(low, high, above) && !entries.isLeaf(low, high, above)
    demand(isTable, `${level.name}: an entry that points at a table is read as something else.`)
    const read = entries.address(low, high, above)
    demand(read === address, `${level.name}: table ${address} is read back as ${read}.`)
  }
  checkLeafEntries(shape)
}

function checkLeafEntries(shape: TableShape): void {
  const { geometry, levels } = shape
  const { entries } = geometry
  const sizes = regionsIn(shape).flatMap((region) => region.leaves)
  const limit = Math.max(...regionsIn(shape).map((region) => region.limitBytes))
  for (const level of levels.filter((each) => sizes.includes(each.spanBytes))) {
    const address = Math.max(0, alignDown(limit, level.spanBytes) - level.spanBytes)
    const { low, high } = entries.leaf(address, level.index)
    const isLeaf = !entries.isNone(low, high, level.index) && entries.isLeaf(low, high, level.index)
    demand(isLeaf, `${level.name}: a leaf is read as something else.`)
    demand(!isInRun(level, { low, high }), `${level.name}: a single leaf has the bit of runs.`)
    const read = entries.address(low, high, level.index)
    demand(read === address, `${level.name}: address ${address} is read back as ${read}.`)
    if (hasRuns(level)) checkRunEntry(shape, level, address)
  }
}

function checkRunEntry(shape: TableShape, level: LevelWithRuns, address: number): void {
  const { entries } = shape.geometry
  const { low, high } = runEntry(shape, level, address)
  const isLeaf = !entries.isNone(low, high, level.index) && entries.isLeaf(low, high, level.index)
  demand(isLeaf, `${level.name}: a leaf of a run is read as something else.`)
  const read = entries.address(low, high, level.index)
  demand(read === address, `${level.name}: address ${address} of a run is read back as ${read}.`)
}
