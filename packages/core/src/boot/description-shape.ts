import { MOST_CPUS, MOST_NODES } from '@memhp/kernel-files'
import { isPowerOfTwo } from '../address/units'
import type {
  BootBlockFacts,
  BootZoneFacts,
  FirmwareMapFacts,
  IomemFacts,
  MachineDescription,
  NodeDescription,
  RamDescription,
} from '../model/description'
import type { SectionUse } from '../model/page'
import { checkDescribed } from '../shape/refuse-description'
import {
  checkedShape,
  choiceShape,
  FLAG_SHAPE,
  listShape,
  mapShape,
  nullableShape,
  objectShape,
  optionalShape,
  recordShape,
  type Shape,
  textShape,
  wholeShape,
} from '../shape/shape'

/** 64 GiB. Source: the largest that an architecture of Linux 6.1 chooses is 2 GiB (x86, MAX_BLOCK_SIZE). */
const LARGEST_BLOCK_BYTES = 2 ** 36
/** Of firmware distances. Source: one byte in the SLIT (ACPI 6.4, 5.2.17). */
const LARGEST_DISTANCE = 255
/** Ranges, blocks, zones and lines: more than the largest machine has. */
const MOST_RANGES = 2 ** 17
const MOST_BLOCKS = 2 ** 22
const MOST_ZONES = 8192
const LONGEST_TEXT = 2 ** 24

const COUNT = wholeShape()
const TEXT = textShape({ most: LONGEST_TEXT })
const NODE_ID = wholeShape(0, MOST_NODES - 1)

const NODE = recordShape<NodeDescription>({
  id: NODE_ID,
  cpus: listShape(wholeShape(0, MOST_CPUS - 1), MOST_CPUS),
  distances: optionalShape(listShape(wholeShape(0, LARGEST_DISTANCE), MOST_NODES)),
})
const RAM = recordShape<RamDescription>({ start: COUNT, end: COUNT, node: NODE_ID })
const ZONE = recordShape<BootZoneFacts>({
  node: NODE_ID,
  zone: TEXT,
  startPfn: COUNT,
  spannedPages: COUNT,
  presentPages: COUNT,
  managedPages: COUNT,
})
const USE = recordShape<SectionUse>({
  reserved: COUNT,
  unmovable: COUNT,
  movable: COUNT,
  pinned: COUNT,
  withheld: COUNT,
  poisoned: COUNT,
  hugetlb: COUNT,
  hugetlbFree: COUNT,
})
const BLOCK = recordShape<BootBlockFacts>({
  id: COUNT,
  state: choiceShape('online', 'offline'),
  zone: nullableShape(TEXT),
  nodes: listShape(NODE_ID, MOST_NODES),
  early: FLAG_SHAPE,
  use: optionalShape(USE),
})
const FIRMWARE_MAP = recordShape<FirmwareMapFacts>({
  index: COUNT,
  start: COUNT,
  end: COUNT,
  type: TEXT,
})
const IOMEM: Shape<IomemFacts> = recordShape<IomemFacts>({
  start: COUNT,
  end: COUNT,
  name: TEXT,
  get children() {
    return optionalShape(listShape(IOMEM, MOST_RANGES))
  },
})
const BLOCK_BYTES = checkedShape<number>(
  `a power of two of at most ${LARGEST_BLOCK_BYTES} bytes`,
  (value) => typeof value === 'number' && isPowerOfTwo(value) && value <= LARGEST_BLOCK_BYTES,
)

const DESCRIPTION = recordShape<MachineDescription>({
  arch: TEXT,
  archOptions: optionalShape(objectShape()),
  kernel: optionalShape(TEXT),
  config: optionalShape(objectShape()),
  cmdline: optionalShape(TEXT),
  nodes: listShape(NODE, MOST_NODES),
  ram: listShape(RAM, MOST_RANGES),
  possibleNodes: optionalShape(listShape(NODE_ID, MOST_NODES)),
  blockSizeBytes: optionalShape(BLOCK_BYTES),
  zones: optionalShape(listShape(ZONE, MOST_ZONES)),
  blocks: optionalShape(listShape(BLOCK, MOST_BLOCKS)),
  firmwareMap: optionalShape(listShape(FIRMWARE_MAP, MOST_RANGES)),
  iomem: optionalShape(listShape(IOMEM, MOST_RANGES)),
  directMapBytes: optionalShape(mapShape(COUNT)),
  freePages: optionalShape(listShape(recordShape({ node: NODE_ID, pages: COUNT }), MOST_NODES)),
  drivers: optionalShape(objectShape()),
  autoOnlineBlocks: optionalShape(TEXT),
  files: optionalShape(mapShape(TEXT)),
  seed: optionalShape(wholeShape(Number.MIN_SAFE_INTEGER)),
  journalLimit: optionalShape(COUNT),
})

/**
 * Refuses keys that a description does not have and values of another type than theirs, at every level but those of
 * plugins, which check their own.
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) that names the place, `nodes[1].cpu`, and what would be right
 */
export const checkDescriptionShape = (description: MachineDescription): void =>
  checkDescribed(DESCRIPTION, description, '')
