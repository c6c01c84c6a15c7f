import { generationOfRelease } from '@memhp/core'
import type { CapturedHost } from '@memhp/core/plugin'
import {
  BLOCK_SIZE_FILE,
  blockDirectory,
  firmwareMapEntry,
  type IomemLine,
  kilobytesOf,
  MOST_CPUS,
  parseHex,
  parseIomem,
  parseMeminfo,
  parseNumberList,
} from '@memhp/kernel-files'
import type { BlockPages, Capture } from '../format'
import { pageBytesFrom } from '../page-size'
import { linkedPath } from '../path'
import { readZoneinfo, type ZoneinfoZone } from '../text/zoneinfo'
import { countDeferred } from './deferred'

/** A memory block as its files show it. */
export interface BlockFacts {
  readonly id: number
  readonly state: 'online' | 'offline'
  /** Zone of an online block; null where `valid_zones` reads `none`; undefined where it could not be read. */
  readonly zone: string | null | undefined
  /** Ascending; the kernel's own record is the last. */
  readonly nodes: readonly number[]
  /** Directory of the firmware device that it is bound to. */
  readonly firmwareNode: string | undefined
  /** Whether the kernel found nothing in it that cannot move; undefined where it does not look. */
  readonly isRemovable: boolean | undefined
}

export interface FirmwareEntry {
  readonly index: number
  readonly start: number
  /** Inclusive. */
  readonly end: number
  readonly type: string
}

/** What a capture says, read once. */
export interface HostFacts extends CapturedHost {
  readonly capture: Capture
  readonly pageBytes: number
  readonly blockBytes: number
  readonly pagesPerBlock: number
  /** Ascending. */
  readonly blocks: readonly BlockFacts[]
  /** Memory that the kernel has not initialised yet counts as managed and free. */
  readonly zones: readonly ZoneinfoZone[]
  /** Pages that the kernel has not initialised yet. */
  readonly deferredPages: number
  /** Undefined where it could not be read. */
  readonly iomem: readonly IomemLine[] | undefined
  /** Ascending by index; undefined where the architecture has none. */
  readonly firmwareMap: readonly FirmwareEntry[] | undefined
  readonly pages: ReadonlyMap<number, BlockPages>
  /** The file's text without its final newline. */
  text(path: string): string | undefined
  /** A sentence about what is taken for true without evidence; kept once. */
  assume(sentence: string): void
}

const BLOCK_FILE = /^\/sys\/devices\/system\/memory\/memory(\d+)\/state$/
const REMOVABLE_FILE = /^\/sys\/devices\/system\/memory\/memory\d+\/removable$/
const BLOCK_NODE = /^\/sys\/devices\/system\/memory\/memory(\d+)\/node(\d+)$/
const DEFAULT_PAGE_BYTES = 4096

function nodesByBlock(capture: Capture): Map<number, number[]> {
  const nodes = new Map<number, number[]>()
  for (const path of Object.keys(capture.links)) {
    const [, block, node] = BLOCK_NODE.exec(path) ?? []
    if (block === undefined) continue
    const list = nodes.get(Number(block)) ?? []
    list.push(Number(node))
    nodes.set(Number(block), list)
  }
  for (const list of nodes.values()) list.sort((a, b) => a - b)
  return nodes
}

function readBlocks(capture: Capture): BlockFacts[] {
  const { files, links } = capture
  const nodes = nodesByBlock(capture)
  const blocks: BlockFacts[] = []
  // Kernels since 5.8 call every block removable.
  const looks = Object.entries(files).some(
    ([path, text]) => REMOVABLE_FILE.test(path) && text === '0\n',
  )
  for (const [path, text] of Object.entries(files)) {
    const name = BLOCK_FILE.exec(path)?.[1]
    if (name === undefined) continue
    const directory = blockDirectory(Number(name))
    const zones = files[`${directory}/valid_zones`]?.trim()
    const link = links[`${directory}/firmware_node`]
    blocks.push({
      id: Number(name),
      state: text.startsWith('offline') ? 'offline' : 'online',
      zone: zones === 'none' ? null : zones?.split(' ')[0],
      nodes: nodes.get(Number(name)) ?? [],
      isRemovable: looks ? files[`${directory}/removable`] === '1\n' : undefined,
      firmwareNode: link === undefined ? undefined : linkedPath(`${directory}/firmware_node`, link),
    })
  }
  return blocks.sort((a, b) => a.id - b.id)
}

function readFirmwareMap({ files }: Capture): FirmwareEntry[] | undefined {
  const entries: FirmwareEntry[] = []
  for (const [path, text] of Object.entries(files)) {
    const index = /^\/sys\/firmware\/memmap\/(\d+)\/start$/.exec(path)?.[1]
    if (index === undefined) continue
    const directory = firmwareMapEntry(Number(index))
    const end = files[`${directory}/end`]
    const type = files[`${directory}/type`]
    if (end === undefined || type === undefined) continue
    entries.push({
      index: Number(index),
      start: parseHex(text),
      end: parseHex(end),
      type: type.trimEnd(),
    })
  }
  return entries.length === 0 ? undefined : entries.sort((a, b) => a.index - b.index)
}

/** Whether MemTotal is what zones manage, and what is more are pages whose initialisation was put off. */
const countsManaged = ({ kernelRelease }: Capture): boolean =>
  generationOfRelease(kernelRelease)?.generation.rules.procfs.memTotal !== 'present'

/** Reads a capture. @param assume is told what is taken for true without evidence */
export function hostFacts(capture: Capture, assume: (sentence: string) => void): HostFacts {
  const { files } = capture
  const blockBytes = parseHex(files[BLOCK_SIZE_FILE] ?? '')
  const told = capture.pages?.pageBytes ?? pageBytesFrom(files)
  const pageBytes = told ?? DEFAULT_PAGE_BYTES
  if (told === undefined) assume('No file tells the size of a page: it is taken to be 4096 bytes.')
  const iomem = files['/proc/iomem']
  const kilobytes = kilobytesOf(parseMeminfo(files['/proc/meminfo'] ?? ''), 'MemTotal')
  const { zones, deferred } = countDeferred(
    readZoneinfo(files['/proc/zoneinfo'] ?? ''),
    kilobytes === undefined || !countsManaged(capture)
      ? undefined
      : Math.floor((kilobytes * 1024) / pageBytes),
  )
  const kept = new Set<string>()
  return {
    capture,
    pageBytes,
    blockBytes,
    pagesPerBlock: blockBytes / pageBytes,
    blocks: readBlocks(capture),
    zones,
    deferredPages: deferred,
    iomem: iomem === undefined ? undefined : parseIomem(iomem),
    firmwareMap: readFirmwareMap(capture),
    pages: new Map(capture.pages?.blocks.map((block) => [block.id, block])),
    text: (path) => files[path]?.trimEnd(),
    assume: (sentence) => {
      if (kept.has(sentence)) return
      kept.add(sentence)
      assume(sentence)
    },
  }
}

/** Numbers of a file like `node/online`; undefined where the file is missing. */
export function numberList(facts: HostFacts, path: string): number[] | undefined {
  const text = facts.text(path)
  return text === undefined ? undefined : parseNumberList(text, MOST_CPUS)
}
