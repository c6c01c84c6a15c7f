import type { LocalTree } from '@memhp/core'
import { FlatWriter } from './flat-writer'

/** The parts of the flat view, to ask for some of them only. */
export const FLAT_PARTS = [
  'memory',
  'node',
  'firmwareMap',
  'acpi',
  'iomem',
  'zoneinfo',
  'directMap',
] as const

/** One of `FLAT_PARTS`. */
export type FlatPart = (typeof FLAT_PARTS)[number]

export interface FlatViewOptions {
  /** Default: all. */
  readonly parts?: readonly FlatPart[]
}

const MEMORY = '/sys/devices/system/memory'
const NODE = '/sys/devices/system/node'
const MEMMAP = '/sys/firmware/memmap'
const ACPI = '/sys/bus/acpi/devices'

const MEMORY_FILES = ['auto_online_blocks', 'block_size_bytes']
const BLOCK_FILES = ['state', 'online', 'removable', 'valid_zones', 'phys_index', 'phys_device']
const NODE_FILES = ['online', 'possible', 'has_memory', 'has_normal_memory', 'has_cpu']
const FIRMWARE_MAP_FILES = ['start', 'end', 'type']
const ACPI_FILES = ['path', 'status', 'physical_node']
const BLOCK_NAME = /^memory\d+$/
const NODE_NAME = /^node\d+$/

function writeMemory(writer: FlatWriter): void {
  const memory = writer.directory(MEMORY)
  const place = writer.place(`${MEMORY}/`)
  for (const file of MEMORY_FILES) place.putNode(file, memory.get(file))
  for (const name of memory.names()) {
    const block = BLOCK_NAME.test(name) ? memory.get(name) : undefined
    if (block?.kind !== 'directory') continue
    const below = writer.place(`${MEMORY}/${name}/`)
    for (const file of BLOCK_FILES) below.putNode(file, block.get(file))
    for (const entry of block.names()) {
      if (entry === 'firmware_node' || NODE_NAME.test(entry)) {
        below.putNode(entry, block.get(entry))
      }
    }
  }
}

const NODE_MEMINFO_LINE = /^Node \d+ (MemTotal|MemFree): +(\d+ kB)$/gm

function writeNodes(writer: FlatWriter): void {
  const nodes = writer.directory(NODE)
  const place = writer.place(`${NODE}/`)
  for (const file of NODE_FILES) place.putNode(file, nodes.get(file))
  for (const name of nodes.names()) {
    const node = NODE_NAME.test(name) ? nodes.get(name) : undefined
    if (node?.kind !== 'directory') continue
    const path = `${NODE}/${name}`
    const below = writer.place(`${path}/`)
    below.putNode('distance', node.get('distance'))
    putLines(writer, `${path}/meminfo`, NODE_MEMINFO_LINE)
    for (const entry of node.names()) if (BLOCK_NAME.test(entry)) below.put(entry, 'link')
  }
}

/** Puts the lines of a file that match, each under its name. @param line finds name and value */
function putLines(writer: FlatWriter, path: string, line: RegExp): void {
  const place = writer.place(`${path}#`)
  for (const [, name = '', value = ''] of writer.text(path).matchAll(line)) place.put(name, value)
}

function writeFirmwareMap(writer: FlatWriter): void {
  const map = writer.directory(MEMMAP)
  for (const index of map.names()) {
    const entry = map.get(index)
    if (entry?.kind !== 'directory') continue
    const place = writer.place(`${MEMMAP}/${index}/`)
    for (const file of FIRMWARE_MAP_FILES) place.putNode(file, entry.get(file))
  }
}

function writeAcpi(writer: FlatWriter): void {
  for (const name of writer.directory(ACPI).names()) {
    if (!name.startsWith('PNP0C80:')) continue
    // On a bus the name is a link, so it is walked to.
    const path = `${ACPI}/${name}`
    const device = writer.directory(path)
    const place = writer.place(`${path}/`)
    for (const file of ACPI_FILES) place.putNode(file, device.get(file))
  }
}

function writeIomem(writer: FlatWriter): void {
  const text = writer.text('/proc/iomem')
  if (text === '') return
  const lines = text.split('\n').filter((line) => line.includes(' : System RAM'))
  writer.place('/proc/').put('iomem', lines.map((line) => line.trim()).join('\n'))
}

const ZONE_LINE = /^ +(spanned|present|managed|start_pfn):? +(\d+)$/
const ZONE_HEADER = /^Node (\d+), zone +(\S+)$/

function writeZoneinfo(writer: FlatWriter): void {
  let zone = writer.place('/proc/zoneinfo#')
  for (const line of writer.text('/proc/zoneinfo').split('\n')) {
    const [, node, name] = ZONE_HEADER.exec(line) ?? []
    if (node !== undefined) zone = writer.place(`/proc/zoneinfo#${node}/${name}/`)
    const [, key, value] = ZONE_LINE.exec(line) ?? []
    if (key !== undefined && value !== undefined) zone.put(key, value)
  }
}

const DIRECT_MAP_LINE = /^(DirectMap\w+): +(\d+ kB)$/gm

const WRITERS: Readonly<Record<FlatPart, (writer: FlatWriter) => void>> = {
  memory: writeMemory,
  node: writeNodes,
  firmwareMap: writeFirmwareMap,
  acpi: writeAcpi,
  iomem: writeIomem,
  zoneinfo: writeZoneinfo,
  directMap: (writer) => putLines(writer, '/proc/meminfo', DIRECT_MAP_LINE),
}

/**
 * Reads the flat view of one tree again and again: what the tree says about its memory as one map from keys to texts,
 * the form that recorded runs have (recordings/README.md). What the tree does not have is left out.
 */
export class FlatReader {
  readonly #writer: FlatWriter

  constructor(tree: LocalTree) {
    this.#writer = new FlatWriter(tree)
  }

  /** The view as it is now. Cost: one read for each key. */
  read({ parts = FLAT_PARTS }: FlatViewOptions = {}): ReadonlyMap<string, string> {
    const view = new Map<string, string>()
    this.#writer.view = view
    for (const part of parts) WRITERS[part](this.#writer)
    return view
  }
}

/** The flat view of a tree, read once. */
export const flatView = (tree: LocalTree, options: FlatViewOptions = {}): Record<string, string> =>
  Object.fromEntries(new FlatReader(tree).read(options))
