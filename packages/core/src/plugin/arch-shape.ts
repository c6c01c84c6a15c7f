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

const NUMBER = checkedShape<number>('a number', (value) => typeof value === 'number')
const ADDRESS = checkedShape<bigint>('a bigint', (value) => typeof value === 'bigint')
// biome-ignore lint/suspicious/noExplicitAny: whichever function
const CALLED = checkedShape<any>('a function', (value) => typeof value === 'function')

const ZONE = recordShape<ArchZone>({
  name: textShape(),
  kind: choiceShape('dma', 'normal', 'highmem'),
  endAddress: nullableShape(NUMBER),
})

const GEOMETRY = recordShape<ArchGeometry>({
  pageShift: NUMBER,
  sectionSizeBits: NUMBER,
  maxPhysMemBits: NUMBER,
  maxOrder: NUMBER,
  pageblockOrder: NUMBER,
  structPageBytes: NUMBER,
  wordBytes: optionalShape(choiceShape(4, 8)),
  zones: listShape(ZONE),
})

const LEVEL = recordShape<PageTableLevel>({
  name: textShape(),
  indexBits: NUMBER,
  shift: NUMBER,
  run: optionalShape(recordShape<EntryRun>({ entries: NUMBER, markBit: NUMBER })),
  tablesPerPage: optionalShape(NUMBER),
})

const ENTRIES = recordShape<EntryFormat>({
  none: CALLED,
  table: CALLED,
  leaf: CALLED,
  isNone: CALLED,
  isLeaf: CALLED,
  address: CALLED,
  flags: optionalShape(CALLED),
  flagMeanings: optionalShape(mapShape(textShape())),
})

const TABLES = recordShape<PageTableGeometry>({
  levels: listShape(LEVEL),
  permanentTables: listShape(textShape()),
  bootFrameBase: NUMBER,
  flush: optionalShape(choiceShape('range', 'all')),
  entryBytes: optionalShape(choiceShape(4, 8)),
  entries: ENTRIES,
})

const RADIX = {
  kind: choiceShape('radix'),
  base: ADDRESS,
  leaves: listShape(NUMBER),
  startAddress: optionalShape(NUMBER),
} as const

const NONE = recordShape<NoRegion>({ kind: choiceShape('none') })

const DIRECT = {
  radix: recordShape<RadixDirectMap>({
    ...RADIX,
    counters: optionalShape(
      listShape(recordShape<LeafCounter>({ sizeBytes: NUMBER, counter: textShape() })),
    ),
    largestAddedLeaf: optionalShape(choiceShape('block')),
    permanentBelow: optionalShape(NUMBER),
    partialLeaf: optionalShape(choiceShape('split', 'keep')),
    hotplug: optionalShape(choiceShape('nothing')),
  }),
  hash: recordShape<HashDirectMap>({
    kind: choiceShape('hash'),
    base: ADDRESS,
    map: CALLED,
    unmap: CALLED,
  }),
  fixed: recordShape<FixedRegion>({
    kind: choiceShape('fixed'),
    base: ADDRESS,
    translation: optionalShape(CALLED),
  }),
  none: NONE,
}

const VMEMMAP = {
  radix: recordShape<RadixRegion>(RADIX),
  hash: recordShape<HashVmemmap>({
    kind: choiceShape('hash'),
    base: ADDRESS,
    populate: CALLED,
    free: CALLED,
  }),
  none: NONE,
}

const MEMMAP = recordShape<MemmapModel>({
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
    geometry: GEOMETRY,
    mapping: recordShape<{ direct: unknown; vmemmap: unknown; tables?: PageTableGeometry }>({
      direct: regionShape(DIRECT, mapping?.direct),
      vmemmap: regionShape(VMEMMAP, mapping?.vmemmap),
      tables: optionalShape(TABLES),
    }),
    memmap: MEMMAP,
  })
  const fault = shapeFault(shape, { geometry, mapping, memmap })
  return fault && `${placeOf(fault)}: ${fault.message}`
}
