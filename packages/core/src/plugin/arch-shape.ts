import type { Arch } from '../model/arch'
import type { ArchGeometry, ArchZone } from '../model/arch-geometry'
import type {
  FixedRegion,
  HashDirectMap,
  HashVmemmap,
  LeafCounter,
  NoRegion,
  RadixDirectMap,
  RadixRegion,
} from '../model/kernel-mapping'
import type { MemmapKeeper, MemmapModel } from '../model/memmap-model'
import type {
  BitLetter,
  EntryBits,
  EntryFormat,
  EntryRun,
  PageTableGeometry,
  PageTableLevel,
} from '../model/page-table-geometry'
import {
  checkedShape,
  choiceShape,
  isObject,
  listShape,
  mapShape,
  nullableShape,
  objectShape,
  optionalShape,
  recordShape,
  type Shape,
  textShape,
} from '../shape/shape'
import { placeOf, shapeFault } from '../shape/shape-fault'

/** Shapes are made when an arch is checked: a program that defines none needs none. */
const number = () => checkedShape<number>('a number', (value) => typeof value === 'number')
const address = () => checkedShape<bigint>('a bigint', (value) => typeof value === 'bigint')
// biome-ignore lint/suspicious/noExplicitAny: whichever function
const called = () => checkedShape<any>('a function', (value) => typeof value === 'function')

const zoneShape = () =>
  recordShape<ArchZone>({
    name: textShape(),
    kind: choiceShape('dma', 'normal', 'highmem'),
    endAddress: nullableShape(number()),
  })

const geometryShape = () =>
  recordShape<ArchGeometry>({
    pageShift: number(),
    sectionSizeBits: number(),
    maxPhysMemBits: number(),
    maxOrder: number(),
    pageblockOrder: number(),
    giganticOrder: optionalShape(number()),
    structPageBytes: number(),
    wordBytes: optionalShape(choiceShape(4, 8)),
    zones: listShape(zoneShape()),
  })

const levelShape = () =>
  recordShape<PageTableLevel>({
    name: textShape(),
    indexBits: number(),
    shift: number(),
    run: optionalShape(
      recordShape<EntryRun>({ entries: number(), markBit: number(), marking: objectShape() }),
    ),
    tablesPerPage: optionalShape(number()),
  })

const letterShape = () =>
  checkedShape<BitLetter>(
    "a letter, its bit and what it says: ['R', 1, 'readable']",
    (value) => Array.isArray(value) && value.length === 3,
  )

const bitsShape = () =>
  recordShape<EntryBits>({
    table: listShape(number()),
    leaf: listShape(number()),
    largeLeaf: optionalShape(listShape(number())),
    leafMark: optionalShape(listShape(number())),
    stray: optionalShape(listShape(number())),
    address: recordShape<EntryBits['address']>({ from: number(), end: number() }),
    letters: optionalShape(listShape(letterShape())),
  })

const entriesShape = () =>
  recordShape<EntryFormat>({
    none: called(),
    table: called(),
    leaf: called(),
    isNone: called(),
    isLeaf: called(),
    address: called(),
    flags: optionalShape(called()),
    flagMeanings: optionalShape(mapShape(textShape())),
    bits: optionalShape(bitsShape()),
  })

const tablesShape = () =>
  recordShape<PageTableGeometry>({
    levels: listShape(levelShape()),
    permanentTables: listShape(textShape()),
    secondTables: optionalShape(choiceShape('as-needed', 'at-boot')),
    bootFrameBase: number(),
    flush: optionalShape(choiceShape('range', 'all')),
    entryBytes: optionalShape(choiceShape(4, 8)),
    entries: entriesShape(),
    leafTables: optionalShape(objectShape()),
    sharing: optionalShape(objectShape()),
  })

const radixFields = () =>
  ({
    kind: choiceShape('radix'),
    base: address(),
    leaves: listShape(number()),
    startAddress: optionalShape(number()),
  }) as const

const noRegionShape = () => recordShape<NoRegion>({ kind: choiceShape('none') })

const counters = () =>
  listShape(recordShape<LeafCounter>({ sizeBytes: number(), counter: textShape() }))

const directShapes = () => ({
  radix: recordShape<RadixDirectMap>({
    ...radixFields(),
    counters: optionalShape(counters()),
    largestAddedLeaf: optionalShape(choiceShape('block')),
    permanentBelow: optionalShape(number()),
    partialLeaf: optionalShape(choiceShape('split', 'keep')),
    fixedAtBoot: optionalShape(objectShape()),
  }),
  hash: recordShape<HashDirectMap>({
    kind: choiceShape('hash'),
    base: address(),
    counters: optionalShape(counters()),
    mapped: called(),
    map: called(),
    unmap: called(),
  }),
  fixed: recordShape<FixedRegion>({
    kind: choiceShape('fixed'),
    base: address(),
    translation: optionalShape(called()),
  }),
  none: noRegionShape(),
})

const vmemmapShapes = () => ({
  radix: recordShape<RadixRegion>(radixFields()),
  hash: recordShape<HashVmemmap>({
    kind: choiceShape('hash'),
    base: address(),
    populate: called(),
    free: called(),
  }),
  none: noRegionShape(),
})

const memmapShape = () =>
  recordShape<MemmapModel>({
    kind: choiceShape('vmemmap', 'virtual', 'perSection', 'flat'),
    freed: optionalShape(choiceShape('never')),
    keeper: optionalShape(objectShape<MemmapKeeper>()),
  })

/** The shape of a region of one of these kinds, or of none where it has no such kind. */
function regionShape(
  kinds: Readonly<Record<string, Shape<unknown>>>,
  region: unknown,
): Shape<unknown> {
  const { kind } = isObject(region) ? region : {}
  const names = Object.keys(kinds)
  const known = names.find((name) => name === kind)
  const shape = known === undefined ? undefined : kinds[known]
  return shape ?? checkedShape(`a region of kind ${names.join(', ')}`, () => false)
}

type Built = Pick<Arch, 'geometry' | 'mapping' | 'memmap'>

/**
 * What is wrong with the build of an arch: a field that is missing, is not known, or is of another type.
 * @returns a sentence that begins with the place: `mapping.tables.levels[0].shift`; undefined where nothing is
 */
export function archShapeProblem({
  geometry,
  mapping,
  memmap,
}: Partial<Built>): string | undefined {
  const shape = recordShape<{ geometry: unknown; mapping: unknown; memmap: unknown }>({
    geometry: geometryShape(),
    mapping: recordShape<{ direct: unknown; vmemmap: unknown; tables?: PageTableGeometry }>({
      direct: regionShape(directShapes(), mapping?.direct),
      vmemmap: regionShape(vmemmapShapes(), mapping?.vmemmap),
      tables: optionalShape(tablesShape()),
    }),
    memmap: memmapShape(),
  })
  const fault = shapeFault(shape, { geometry, mapping, memmap })
  return fault && `${placeOf(fault)}: ${fault.message}`
}
