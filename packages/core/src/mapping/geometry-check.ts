import { isAligned } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import type { PageTableGeometry } from '../model/page-table-geometry'
import { bootTablePfn, type MappedGeometry, type TableShape, tableShape } from './table-shape'

/**
 * Checks that the data of a page-table geometry fits together: indices and shifts, regions, leaf sizes, and that
 * entries read back what was written to them.
 * @throws HotplugError BAD_PLUGIN that says what is wrong
 */
export function checkPageTableGeometry(arch: MappedGeometry): void {
  const geometry = arch.pageTables
  if (geometry === undefined) refuse('there are no page tables to check.')
  checkLevels(geometry, arch.pageShift)
  checkLeaves(geometry)
  checkPermanentTables(geometry)
  const shape = tableShape(arch)
  checkRegions(geometry, shape)
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

function checkLeaves(geometry: PageTableGeometry): void {
  const direct = geometry.directLeaves.map((leaf) => leaf.sizeBytes)
  for (const [name, sizes] of [
    ['direct', direct],
    ['vmemmap', geometry.vmemmapLeaves],
  ] as const) {
    demand(sizes.length > 0, `no leaf sizes for the ${name} region.`)
    sizes.forEach((size, i) => {
      const isLevel = geometry.levels.some((level) => 2 ** level.shift === size)
      demand(isLevel, `${name} leaf of ${size} bytes: no level has entries of this size.`)
      demand(size < (sizes[i - 1] ?? Infinity), `${name} leaves must come largest first.`)
    })
  }
  const counters = new Set(geometry.directLeaves.map((leaf) => leaf.counter))
  demand(counters.size === direct.length, 'two leaf sizes share a counter.')
}

function checkPermanentTables(geometry: PageTableGeometry): void {
  const below = geometry.levels.slice(1).map((level) => level.name)
  for (const name of geometry.permanentTables) {
    demand(below.includes(name), `permanent tables: no level "${name}" below the top.`)
  }
}

function checkRegions(geometry: PageTableGeometry, shape: TableShape): void {
  const top = shape.levels[0]
  demand(top !== undefined, 'there is no level.')
  const spans = [shape.regions.direct, shape.regions.vmemmap].map((region) => {
    const { base } = geometry.regions[region.name]
    const isWhole = base >= 0n && base < 2n ** 64n && base % BigInt(top.spanBytes) === 0n
    demand(
      isWhole,
      `the ${region.name} region does not begin where an entry of the ${top.name} does.`,
    )
    const end = region.rootIndex + Math.ceil(region.limitBytes / top.spanBytes)
    demand(end <= top.entries, `the ${region.name} region does not fit into the ${top.name}.`)
    return { start: region.rootIndex, end }
  })
  const [direct, vmemmap] = spans
  demand(direct !== undefined && vmemmap !== undefined, 'there are two regions.')
  const apart = direct.end <= vmemmap.start || vmemmap.end <= direct.start
  demand(apart, 'the two regions overlap.')
}

function checkBootFrames(shape: TableShape): void {
  const { geometry, pageBytes, bootFrameEnd } = shape
  const largest = geometry.vmemmapLeaves[0] ?? pageBytes
  demand(
    isAligned(geometry.bootFrameBase, largest),
    'bootFrameBase is not a multiple of a vmemmap leaf.',
  )
  demand(bootFrameEnd * pageBytes <= 2 ** 53, 'boot frames reach beyond 2^53.')
}

/** Writes entries with the largest addresses there are and reads them back. */
function checkEntries(shape: TableShape): void {
  const { geometry, levels, regions, pageBytes } = shape
  const { entries } = geometry
  for (const level of levels) {
    const none = entries.none(level.index)
    demand(
      entries.isNone(none.low, none.high, level.index),
      `${level.name}: an empty entry is not none.`,
    )
    if (level.index === 0) continue
    const region = regions.vmemmap
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
  const { geometry, levels, regions } = shape
  const { entries } = geometry
  const sizes = [...geometry.directLeaves.map((leaf) => leaf.sizeBytes), ...geometry.vmemmapLeaves]
  for (const level of levels.filter((each) => sizes.includes(each.spanBytes))) {
    const address = regions.direct.limitBytes - level.spanBytes
    const { low, high } = entries.leaf(address, level.index)
    const isLeaf = !entries.isNone(low, high, level.index) && entries.isLeaf(low, high, level.index)
    demand(isLeaf, `${level.name}: a leaf is read as something else.`)
    const read = entries.address(low, high, level.index)
    demand(read === address, `${level.name}: address ${address} is read back as ${read}.`)
  }
}
