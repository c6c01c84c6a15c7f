import type { LocalTree } from '@memhp/core'
import { openDirectory } from '@memhp/core/plugin'
import {
  FIRMWARE_MAP_DIRECTORY,
  MEMORY_DIRECTORY,
  NODE_DIRECTORY,
  STORAGE_DIRECTORY,
} from '@memhp/kernel-files'
import { FlatDirectory, type FlatReading } from './flat-directory'
import type { FindLines, ShownLine } from './flat-file'
import { FlatLines } from './flat-lines'

/** The parts of the flat view, to ask for some of them only. */
export const FLAT_PARTS = [
  'memory',
  'node',
  'firmwareMap',
  'storage',
  'acpi',
  'iomem',
  'zoneinfo',
  'directMap',
] as const

/** Lines of /proc/meminfo that only some recordings have. */
const FLAT_EXTRAS = ['memTotal', 'memFree', 'hardwareCorrupted'] as const

/** One of `FLAT_PARTS`, or a line of /proc/meminfo. */
export type FlatPart = (typeof FLAT_PARTS)[number] | (typeof FLAT_EXTRAS)[number]

/** The parts that a recording shows: all, and those lines that it has when it begins. */
export const partsOf = (boot: Readonly<Record<string, string>>): readonly FlatPart[] => [
  ...FLAT_PARTS,
  ...FLAT_EXTRAS.filter((part) => Object.hasOwn(boot, `/proc/meminfo#${MEMINFO_LINES[part]}`)),
]

export interface FlatViewOptions {
  /** Default: `FLAT_PARTS`. */
  readonly parts?: readonly FlatPart[]
}

const ACPI = '/sys/bus/acpi/devices'

const MEMORY_FILES = ['auto_online_blocks', 'block_size_bytes']
const BLOCK_FILES = [
  'state',
  'online',
  'removable',
  'valid_zones',
  'phys_index',
  'end_phys_index',
  'phys_device',
]
const NODE_FILES = ['online', 'possible', 'has_memory', 'has_normal_memory', 'has_cpu']
const FIRMWARE_MAP_FILES = ['start', 'end', 'type']
const STORAGE_FILES = ['config', 'memmap_on_memory']
const ACPI_FILES = ['path', 'status', 'physical_node']
const BLOCK_NAME = /^memory\d+$/
const NODE_NAME = /^node\d+$/
const MEMORY_DEVICE_NAME = /^PNP0C80:/

function readMemory(open: Open): void {
  open(MEMORY_DIRECTORY)?.read(putMemory)
}

function putMemory(memory: FlatDirectory): void {
  for (const file of MEMORY_FILES) memory.put(file)
  for (const block of memory.below(BLOCK_NAME)) block.read(putBlock)
}

function putBlock(block: FlatDirectory): void {
  for (const file of BLOCK_FILES) block.put(file)
  for (const entry of block.names()) {
    if (entry === 'firmware_node' || NODE_NAME.test(entry)) block.put(entry)
  }
}

/**
 * Finds name and value of each line that matches. `matchAll` would make the pattern anew for each text.
 * @param line global
 * @param suffix before each name
 */
function namedLines(text: string, line: RegExp, suffix: string): readonly ShownLine[] {
  const lines: ShownLine[] = []
  line.lastIndex = 0
  for (let match = line.exec(text); match !== null; match = line.exec(text))
    lines.push({ suffix: `${suffix}${match[1]}`, text: match[2] ?? '' })
  return lines
}

/** Finds the lines that match. @param line finds name and value */
const linesLike =
  (line: RegExp): FindLines =>
  (text) =>
    namedLines(text, line, '#')

const NODE_MEMINFO = /* @__PURE__ */ linesLike(/^Node \d+ (MemTotal|MemFree): +(\d+ kB)$/gm)

function readNodes(open: Open): void {
  const nodes = open(NODE_DIRECTORY)
  if (nodes === undefined) return
  for (const file of NODE_FILES) nodes.put(file)
  for (const node of nodes.below(NODE_NAME)) node.read(putNode)
}

function putNode(node: FlatDirectory): void {
  node.put('distance')
  node.put('meminfo', NODE_MEMINFO)
  node.putNames(BLOCK_NAME, 'link')
}

function readFirmwareMap(open: Open): void {
  open(FIRMWARE_MAP_DIRECTORY)?.read(putFirmwareMap)
}

function putFirmwareMap(map: FlatDirectory): void {
  for (const entry of map.below(/./)) entry.read(putFirmwareMapEntry)
}

function putFirmwareMapEntry(entry: FlatDirectory): void {
  for (const file of FIRMWARE_MAP_FILES) entry.put(file)
}

function readStorage(open: Open): void {
  for (const block of open(STORAGE_DIRECTORY)?.below(BLOCK_NAME) ?? []) {
    for (const file of STORAGE_FILES) block.put(file)
  }
}

function readAcpi(open: Open): void {
  for (const device of open(ACPI)?.below(MEMORY_DEVICE_NAME) ?? []) {
    for (const file of ACPI_FILES) device.put(file)
  }
}

/** Memory, and the devices that it lies in. */
const RAM_LINE = / : (?:System RAM|virtio\d|dax\d)/

const systemRam: FindLines = (text) => {
  const lines = text.split('\n').filter((line) => RAM_LINE.test(line))
  return text === '' ? [] : [{ suffix: '', text: lines.join('\n') }]
}

const ZONE_HEAD = /^(\d+), zone +(\S+)\n/
const ZONE_COUNT = /^ +(spanned|present|managed|start_pfn):? +(\d+)$/gm

/** @param zoneText behind the `Node` of its head */
function countsIn(zoneText: string): readonly ShownLine[] {
  const [head, node, name] = ZONE_HEAD.exec(zoneText) ?? []
  if (head === undefined) return []
  return namedLines(zoneText, ZONE_COUNT, `#${node}/${name}/`)
}

/** Finds the counts of zones. A zone that a text before had, too, is not looked through again. */
function zoneCounts(): FindLines {
  let known: ReadonlyMap<string, readonly ShownLine[]> = new Map()
  return (text) => {
    const before = known
    const [, ...zones] = `\n${text}`.split('\nNode ')
    known = new Map(zones.map((zone) => [zone, before.get(zone) ?? countsIn(zone)]))
    return zones.flatMap((zone) => known.get(zone) ?? [])
  }
}

/** Names of the lines of /proc/meminfo that a part stands for. */
const MEMINFO_LINES: Partial<Record<FlatPart, string>> = {
  directMap: 'DirectMap\\w+',
  memTotal: 'MemTotal',
  memFree: 'MemFree',
  hardwareCorrupted: 'HardwareCorrupted',
}

/** Finds the lines of /proc/meminfo that some parts stand for; undefined where they stand for none. */
function meminfoLines(parts: readonly FlatPart[]): FindLines | undefined {
  const names = parts.flatMap((part) => MEMINFO_LINES[part] ?? [])
  if (names.length === 0) return undefined
  return linesLike(new RegExp(`^(${names.join('|')}): +(\\d+ kB)$`, 'gm'))
}

/** Opens a directory, or what it was opened as before; undefined where there is none. */
type Open = (path: string) => FlatDirectory | undefined

const READERS: Partial<Record<FlatPart, (open: Open) => void>> = {
  memory: readMemory,
  node: readNodes,
  firmwareMap: readFirmwareMap,
  storage: readStorage,
  acpi: readAcpi,
  iomem: (open) => open('/proc')?.put('iomem', systemRam),
}

/** A flat view, and what a reading found changed in it. */
export interface FlatChange {
  readonly view: ReadonlyMap<string, string>
  /** Keys that came, went or have another text than the reading before found. */
  readonly changed: readonly string[]
}

/**
 * Reads the flat view of one tree again and again: what the tree says about its memory as one map from keys to texts,
 * the form that recorded runs have (recordings/README.md). What the tree does not have is left out.
 */
export class FlatReader {
  readonly #reading: FlatReading
  readonly #parts: readonly FlatPart[]
  readonly #meminfo: FindLines | undefined
  readonly #zoneinfo: FindLines | undefined
  readonly #directories = new Map<string, FlatDirectory>()

  constructor(tree: LocalTree, { parts = FLAT_PARTS }: FlatViewOptions = {}) {
    this.#reading = { tree, lines: new FlatLines() }
    this.#parts = parts
    this.#meminfo = meminfoLines(parts)
    this.#zoneinfo = parts.includes('zoneinfo') ? zoneCounts() : undefined
  }

  /**
   * Brings the view up to date.
   * @returns the view, which the next reading changes. Cost: one read for each key, but none in directories that are
   *   known to show what they did (`Directory.version`)
   */
  read(): FlatChange {
    const { lines } = this.#reading
    lines.begin()
    for (const part of this.#parts) READERS[part]?.(this.#open)
    if (this.#zoneinfo !== undefined) this.#open('/proc')?.put('zoneinfo', this.#zoneinfo)
    if (this.#meminfo !== undefined) this.#open('/proc')?.put('meminfo', this.#meminfo)
    return { view: lines.view, changed: lines.end() }
  }

  readonly #open: Open = (path) => {
    const known = this.#directories.get(path)
    if (known !== undefined) return known
    const directory = openDirectory(this.#reading.tree, path)
    if (directory === undefined) return undefined
    const opened = new FlatDirectory(this.#reading, path, directory)
    this.#directories.set(path, opened)
    return opened
  }
}

/** The flat view of a tree, read once. */
export const flatView = (tree: LocalTree, options: FlatViewOptions = {}): Record<string, string> =>
  Object.fromEntries(new FlatReader(tree, options).read().view)
