import { HotplugError, type LocalTree } from '@memhp/core'

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
const BLOCK_NAME = /^memory\d+$/
const NODE_NAME = /^node\d+$/

/** A flat view that is being written, over the tree it is read from. */
class FlatWriter {
  readonly view: Record<string, string> = {}
  readonly #tree: LocalTree

  constructor(tree: LocalTree) {
    this.#tree = tree
  }

  names(path: string): readonly string[] {
    return this.#unlessAbsent(() => this.#tree.list(path)) ?? []
  }

  text(path: string): string | undefined {
    return this.#unlessAbsent(() => this.#tree.read(path))
  }

  /** The file's text without its final newline, under its own path. */
  file(path: string): void {
    const text = this.text(path)
    if (text !== undefined) this.view[path] = text.endsWith('\n') ? text.slice(0, -1) : text
  }

  link(path: string): void {
    const target = this.#unlessAbsent(() => this.#tree.readlink(path))
    if (target !== undefined) this.view[path] = `-> ${target}`
  }

  #unlessAbsent<T>(ask: () => T): T | undefined {
    try {
      return ask()
    } catch (error) {
      if (error instanceof HotplugError) return undefined
      throw error
    }
  }
}

function writeMemory(writer: FlatWriter): void {
  for (const name of writer.names(MEMORY)) {
    const path = `${MEMORY}/${name}`
    if (name === 'auto_online_blocks' || name === 'block_size_bytes') writer.file(path)
    if (!BLOCK_NAME.test(name)) continue
    for (const file of BLOCK_FILES) writer.file(`${path}/${file}`)
    for (const entry of writer.names(path)) {
      if (entry === 'firmware_node' || NODE_NAME.test(entry)) writer.link(`${path}/${entry}`)
    }
  }
}

function writeNodes(writer: FlatWriter): void {
  for (const file of NODE_FILES) writer.file(`${NODE}/${file}`)
  for (const name of writer.names(NODE)) {
    if (!NODE_NAME.test(name)) continue
    const path = `${NODE}/${name}`
    writer.file(`${path}/distance`)
    for (const [, key = '', value = ''] of (writer.text(`${path}/meminfo`) ?? '').matchAll(
      /^Node \d+ (MemTotal|MemFree): +(\d+ kB)$/gm,
    )) {
      writer.view[`${path}/meminfo#${key}`] = value
    }
    for (const entry of writer.names(path)) {
      if (BLOCK_NAME.test(entry)) writer.view[`${path}/${entry}`] = 'link'
    }
  }
}

function writeFirmwareMap(writer: FlatWriter): void {
  for (const index of writer.names(MEMMAP)) {
    for (const file of ['start', 'end', 'type']) writer.file(`${MEMMAP}/${index}/${file}`)
  }
}

function writeAcpi(writer: FlatWriter): void {
  for (const name of writer.names(ACPI)) {
    if (!name.startsWith('PNP0C80:')) continue
    writer.file(`${ACPI}/${name}/path`)
    writer.file(`${ACPI}/${name}/status`)
    writer.link(`${ACPI}/${name}/physical_node`)
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
