import {
  FIRMWARE_MAP_DIRECTORY,
  MEMORY_DIRECTORY,
  NODE_DIRECTORY,
  type PageSizeSource,
} from '@memhp/kernel-files'
import type { Basis, Topology, TopologyBases } from './topology'

const UNKNOWN: Basis = { kind: 'unknown' }
const known = (path: string): Basis => ({ kind: 'known', path })
const derived = (why: string): Basis => ({ kind: 'derived', why })

const PAGE_BASES: Readonly<Record<PageSizeSource, Basis>> = {
  given: derived('the caller knows it'),
  architecture: derived('the architecture has one page size'),
  'node-meminfo': derived('MemTotal of each node is what its zones manage in /proc/zoneinfo'),
  meminfo: derived('MemTotal of /proc/meminfo is what all zones manage in /proc/zoneinfo'),
  blocks: derived('pages present in /proc/zoneinfo fill the online blocks but for holes'),
  assumed: derived('nothing tells it: it is assumed'),
}

/** Where the blocks' nodes come from. */
function blockNodesBasis(
  { blocks, nodes }: Pick<Topology, 'blocks' | 'nodes'>,
  linkedByNodes: boolean,
): Basis {
  if (blocks.every((block) => block.nodes.length === 0)) return UNKNOWN
  const first = nodes.find((node) => node.blocks.length > 0)?.id ?? 0
  return known(
    linkedByNodes
      ? `${NODE_DIRECTORY}/node${first}/memory*`
      : `${MEMORY_DIRECTORY}/memory*/node${first}`,
  )
}

/**
 * What the facts of a topology rest on.
 * @param read how they were read: what the caller knew, and whether nodes have directories
 */
export function basesOf(
  topology: Omit<Topology, 'bases' | 'notes'>,
  read: {
    readonly known: { readonly arch?: string; readonly release?: string }
    readonly linkedByNodes: boolean
  },
): TopologyBases {
  const { arch, release, pageBytesFrom, nodes, blocks, zones, iomem, firmwareMap } = topology
  const given = derived('the caller knows it')
  return {
    arch: arch === null ? UNKNOWN : read.known.arch ? given : known('/proc/sys/kernel/arch'),
    release: release === null ? UNKNOWN : read.known.release ? given : known('/proc/version'),
    pageBytes: PAGE_BASES[pageBytesFrom],
    nodes:
      nodes.length === 0
        ? UNKNOWN
        : read.linkedByNodes
          ? known(NODE_DIRECTORY)
          : derived('the memory blocks name them'),
    blockNodes: blockNodesBasis({ blocks, nodes }, read.linkedByNodes),
    blockZones: blocks.every((block) => block.zones.kind === 'unknown')
      ? UNKNOWN
      : known(`${MEMORY_DIRECTORY}/memory*/valid_zones`),
    zones: zones.length === 0 ? UNKNOWN : known('/proc/zoneinfo'),
    iomem: iomem === null ? UNKNOWN : known('/proc/iomem'),
    firmwareMap: firmwareMap === null ? UNKNOWN : known(FIRMWARE_MAP_DIRECTORY),
  }
}
