import { MOST_CPUS, MOST_NODES } from '@memhp/kernel-files'
import { isPowerOfTwo } from '../address/units'
import type {
  BootBlockFacts,
  BootZoneFacts,
  FirmwareMapFacts,
  GiganticPageFacts,
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
  type FieldShapes,
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
/** More than the series of 2012 had. */
const MOST_DEFECTS = 64
const LONGEST_TEXT = 2 ** 24

/** Shapes that several parts share. They are made when a description is checked: a program that boots nothing needs none. */
const basicShapes = () => ({
  count: wholeShape(),
  text: textShape({ most: LONGEST_TEXT }),
  node: wholeShape(0, MOST_NODES - 1),
})

type Basics = ReturnType<typeof basicShapes>
type Fields = FieldShapes<MachineDescription>

/** What firmware and boot loader tell. */
function firmwareFields(
  basics: Basics,
): Pick<Fields, 'nodes' | 'ram' | 'possibleNodes' | 'firmwareMap' | 'iomem'> {
  const { count, text, node } = basics
  const nodes = recordShape<NodeDescription>({
    id: node,
    cpus: listShape(wholeShape(0, MOST_CPUS - 1), MOST_CPUS),
    distances: optionalShape(listShape(wholeShape(0, LARGEST_DISTANCE), MOST_NODES)),
    online: optionalShape(choiceShape(true)),
  })
  const map = { index: count, start: count, end: count, type: text }
  const line: Shape<IomemFacts> = recordShape<IomemFacts>({
    start: count,
    end: count,
    name: text,
    get children() {
      return optionalShape(listShape(line, MOST_RANGES))
    },
  })
  return {
    nodes: listShape(nodes, MOST_NODES),
    ram: listShape(recordShape<RamDescription>({ start: count, end: count, node }), MOST_RANGES),
    possibleNodes: optionalShape(listShape(node, MOST_NODES)),
    firmwareMap: optionalShape(listShape(recordShape<FirmwareMapFacts>(map), MOST_RANGES)),
    iomem: optionalShape(listShape(line, MOST_RANGES)),
  }
}

/** What a captured host looked like. */
function capturedFields({
  count,
  text,
  node,
}: Basics): Pick<Fields, 'zones' | 'blocks' | 'giganticPages' | 'freePages' | 'directMapBytes'> {
  const zone = recordShape<BootZoneFacts>({
    node,
    zone: text,
    startPfn: count,
    spannedPages: count,
    presentPages: count,
    managedPages: count,
    cmaPages: optionalShape(count),
  })
  const use = recordShape<SectionUse>({
    reserved: count,
    unmovable: count,
    movable: count,
    pinned: count,
    withheld: count,
    poisoned: count,
    hugetlb: count,
    hugetlbFree: count,
  })
  const block = recordShape<BootBlockFacts>({
    id: count,
    state: choiceShape('online', 'offline'),
    zone: nullableShape(text),
    nodes: listShape(node, MOST_NODES),
    early: FLAG_SHAPE,
    use: optionalShape(use),
  })
  const gigantic = recordShape<GiganticPageFacts>({
    start: count,
    state: choiceShape('free', 'used'),
  })
  return {
    zones: optionalShape(listShape(zone, MOST_ZONES)),
    blocks: optionalShape(listShape(block, MOST_BLOCKS)),
    giganticPages: optionalShape(listShape(gigantic, MOST_BLOCKS)),
    freePages: optionalShape(listShape(recordShape({ node, pages: count }), MOST_NODES)),
    directMapBytes: optionalShape(mapShape(count)),
  }
}

/** What a description must be. */
function descriptionShape(): Shape<MachineDescription> {
  const basics = basicShapes()
  const text = optionalShape(basics.text)
  const blockBytes = checkedShape<number>(
    `a power of two of at most ${LARGEST_BLOCK_BYTES} bytes`,
    (value) => typeof value === 'number' && isPowerOfTwo(value) && value <= LARGEST_BLOCK_BYTES,
  )
  const { nodes, ram, ...firmware } = firmwareFields(basics)
  return recordShape<MachineDescription>({
    arch: basics.text,
    archOptions: optionalShape(objectShape()),
    kernel: text,
    config: optionalShape(objectShape()),
    defects: optionalShape(listShape(basics.text, MOST_DEFECTS)),
    cmdline: text,
    nodes,
    ram,
    ...firmware,
    blockSizeBytes: optionalShape(blockBytes),
    ...capturedFields(basics),
    drivers: optionalShape(objectShape()),
    autoOnlineBlocks: text,
    files: optionalShape(mapShape(basics.text)),
    seed: optionalShape(wholeShape(Number.MIN_SAFE_INTEGER)),
    journalLimit: optionalShape(basics.count),
  })
}

/** Made by the first boot. */
let known: Shape<MachineDescription> | undefined

/**
 * Refuses keys that a description does not have and values of another type than theirs, at every level but those of
 * plugins, which check their own.
 * @throws HotplugError BAD_DESCRIPTION (EINVAL) that names the place, `nodes[1].cpu`, and what would be right
 */
export function checkDescriptionShape(description: MachineDescription): void {
  known ??= descriptionShape()
  checkDescribed(known, description, '')
}
