import {
  type Directory,
  isHotplugError,
  type LocalTree,
  openDirectory,
  type TreeNode,
} from '@memhp/core'

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

const BLOCK_FILES = ['state', 'online', 'removable', 'valid_zones', 'phys_index', 'phys_device']
const NODE_FILES = ['online', 'possible', 'has_memory', 'has_normal_memory', 'has_cpu']
const MEMORY_FILES = ['auto_online_blocks', 'block_size_bytes']
const FIRMWARE_MAP_FILES = ['start', 'end', 'type']
const ACPI_FILES = ['path', 'status', 'physical_node']
const BLOCK_NAME = /^memory\d+$/
const NODE_NAME = /^node\d+$/

const NO_DIRECTORY: Directory = { kind: 'directory', names: () => [], get: () => undefined }

/** A flat view that is being written, over the tree it is read from. */
class FlatWriter {
  readonly view: Record<string, string> = {}
  readonly #tree: LocalTree

  constructor(tree: LocalTree) {
    this.#tree = tree
  }

  /** A directory; one without names where there is none. */
  directory(path: string): Directory {
    return openDirectory(this.#tree, path) ?? NO_DIRECTORY
  }

  text(path: string): string | undefined {
    return unlessRefused(() => this.#tree.read(path))
  }

  /** A file's text without its final newline, or where a link leads, under its path. */
  put(path: string, node: TreeNode | undefined): void {
    if (node?.kind === 'link') this.view[path] = `-> ${node.target}`
    if (node?.kind !== 'file') return
    const text = unlessRefused(() => node.show?.())
    if (text !== undefined) this.view[path] = text.endsWith('\n') ? text.slice(0, -1) : text
  }
}

function unlessRefused<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    if (isHotplugError(error)) return undefined
    throw error
  }
}

function writeMemory(writer: FlatWriter): void {
  const memory = writer.directory(MEMORY)
  for (const file of MEMORY_FILES) writer.put(`${MEMORY}/${file}`, memory.get(file))
  for (const name of memory.names()) {
    const block = BLOCK_NAME.test(name) ? memory.get(name) : undefined
    if (block?.kind !== 'directory') continue
    const path = `${MEMORY}/${name}`
    for (const file of BLOCK_FILES) writer.put(`${path}/${file}`, block.get(file))
    for (const entry of block.names()) {
      if (entry === 'firmware_node' || NODE_NAME.test(entry)) {
        writer.put(`${path}/${entry}`, block.get(entry))
      }
    }
  }
}

function writeNodes(writer: FlatWriter): void {
  const nodes = writer.directory(NODE)
  for (const file of NODE_FILES) writer.put(`${NODE}/${file}`, nodes.get(file))
  for (const name of nodes.names()) {
    const node = NODE_NAME.test(name) ? nodes.get(name) : undefined
    if (node?.kind !== 'directory') continue
    const path = `${NODE}/${name}`
    writer.put(`${path}/distance`, node.get('distance'))
    for (const [, key = '', value = ''] of (writer.text(`${path}/meminfo`) ?? '').matchAll(
      /^Node \d+ (MemTotal|MemFree): +(\d+ kB)$/gm,
    )) {
      writer.view[`${path}/meminfo#${key}`] = value
    }
    for (const entry of node.names()) {
      if (BLOCK_NAME.test(entry)) writer.view[`${path}/${entry}`] = 'link'
    }
  }
}

function writeFirmwareMap(writer: FlatWriter): void {
  const map = writer.directory(MEMMAP)
  for (const index of map.names()) {
    const entry = map.get(index)
    if (entry?.kind !== 'directory') continue
    for (const file of FIRMWARE_MAP_FILES) {
      writer.put(`${MEMMAP}/${index}/${file}`, entry.get(file))
    }
  }
}

function writeAcpi(writer: FlatWriter): void {
  for (const name of writer.directory(ACPI).names()) {
    if (!name.startsWith('PNP0C80:')) continue
    // On a bus the name is a link, so it is walked to.
    const path = `${ACPI}/${name}`
    const device = writer.directory(path)
    for (const file of ACPI_FILES) writer.put(`${path}/${file}`, device.get(file))
  }
}

function writeIomem(writer: FlatWriter): void {
  const text = writer.text('/proc/iomem')
  if (text === undefined) return
  const lines = text.split('\n').filter((line) => line.includes(' : System RAM'))
  writer.view['/proc/iomem'] = lines.map((line) => line.trim()).join('\n')
}

const ZONE_LINE = /^ +(spanned|present|managed|start_pfn):? +(\d+)$/
const ZONE_HEADER = /^Node (\d+), zone +(\S+)$/

function writeZoneinfo(writer: FlatWriter): void {
  let zone = ''
  for (const line of (writer.text('/proc/zoneinfo') ?? '').split('\n')) {
    const header = ZONE_HEADER.exec(line)
    if (header !== null) {
      zone = `${header[1]}/${header[2]}`
      continue
    }
    const [, key, value] = ZONE_LINE.exec(line) ?? []
    if (key !== undefined && value !== undefined) {
      writer.view[`/proc/zoneinfo#${zone}/${key}`] = value
    }
  }
}

function writeDirectMap(writer: FlatWriter): void {
  const text = writer.text('/proc/meminfo') ?? ''
  for (const [, key = '', value = ''] of text.matchAll(/^(DirectMap\w+): +(\d+ kB)$/gm)) {
    writer.view[`/proc/meminfo#${key}`] = value
  }
}

const WRITERS: Readonly<Record<FlatPart, (writer: FlatWriter) => void>> = {
  memory: writeMemory,
  node: writeNodes,
  firmwareMap: writeFirmwareMap,
  acpi: writeAcpi,
  iomem: writeIomem,
  zoneinfo: writeZoneinfo,
  directMap: writeDirectMap,
}

/**
 * What a tree says about its memory as one map from keys to texts, the form that recorded runs have
 * (recordings/README.md). What the tree does not have is left out. Cost: one read for each key.
 */
export function flatView(tree: LocalTree, options: FlatViewOptions = {}): Record<string, string> {
  const writer = new FlatWriter(tree)
  for (const part of options.parts ?? FLAT_PARTS) WRITERS[part](writer)
  return writer.view
}
