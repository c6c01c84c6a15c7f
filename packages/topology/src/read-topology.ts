import type { FileTree } from '@memhp/core'
import { derivePageBytes } from '@memhp/kernel-files'
import { ARCH_PAGE_SIZES, DIALECTS } from '@memhp/platforms/dialects'
import { basesOf } from './bases'
import { noteContradictions } from './contradictions'
import { type Listings, readDevices, withDevices } from './firmware/devices'
import { withHugePages } from './huge-pages'
import { readKernel } from './kernel'
import { bytesOf } from './meminfo'
import { withMemory } from './node-memory'
import { noteMissingNodes } from './nodes'
import { withPageFailures } from './page-failures'
import type { PageSizeRule } from './page-size'
import { readKernelParameters, readPolicy } from './policy'
import {
  type BareReading,
  onlineBlocks,
  readBare,
  sumOfNodes,
  type TopologyKnowledge,
} from './read-bare'
import { openSource } from './source'
import { addStorage } from './storage'
import type { ExplainedTopology, Topology, TopologyBases, Totals } from './topology'
import { withZoneDetails } from './zone-details'

/** What the caller knows besides the tree, and what is read beside. */
export interface ReadTopologyOptions extends TopologyKnowledge {
  /**
   * `compared`: files of which a kernel would show none without the other are read too, and compared: one more a block. Default
   * `trusted`: a kernel that runs does not contradict itself, a file that was written may.
   */
  readonly consistency?: 'compared' | 'trusted'
  /** `read`: how many pageblocks of each zone are of which migrate type, where root reads it. The kernel looks at each for it. Default `left out`. */
  readonly pageblocks?: 'read' | 'left out'
  /** Of the firmware that the machine may have; default: of all that @memhp/platforms lists. */
  readonly dialects?: Listings | undefined
}

function totalsOf({ topology, meminfo }: BareReading): Totals {
  const { blocks, blockBytes, nodes, totals } = topology
  const online = onlineBlocks(blocks)
  const movable = online.filter(({ zones }) => zones.kind === 'in' && zones.name === 'Movable')
  return {
    ...totals,
    blocks: blocks.length,
    onlineBlocks: online.length,
    offlineBytes: blocks.filter(({ state }) => state === 'offline').length * blockBytes,
    movableBytes: movable.length * blockBytes,
    memFreeBytes: bytesOf(meminfo, 'MemFree') ?? sumOfNodes(nodes, 'memFreeBytes') ?? null,
    memAvailableBytes: bytesOf(meminfo, 'MemAvailable') ?? null,
    hardwareCorruptedBytes: bytesOf(meminfo, 'HardwareCorrupted') ?? null,
  }
}

/**
 * Reads a machine's memory out of its file tree: the machine in this process, a capture, a folder,
 * a live host or a guest. Nothing is written. What the tree does not tell is null or empty and has a note.
 *
 * @throws HotplugError NO_SUCH_FILE where the tree has no memory blocks, BAD_NUMBER where the size of a
 * block is not a number, what the tree refuses it with where it cannot be read; whatever the tree throws that is not a `HotplugError`
 */
export async function readTopology(
  tree: FileTree,
  options: ReadTopologyOptions = {},
): Promise<ExplainedTopology> {
  const { dialects: listings = DIALECTS, pageblocks = 'left out' } = options
  const source = openSource(tree)
  const { releaseFile, ...kernel } = await readKernel(source, options)
  const bare = await readBare(source, tree, { ...options, pageSize, kernel })
  noteMissingNodes(source, bare.nodes, bare.topology.nodes.length)
  const { blocks: bareBlocks, zones: bareZones } = bare.topology
  const devices = await readDevices(source, bareBlocks, listings)
  const withPools = await withHugePages(source, await withMemory(source, bare))
  const nodes = await withPageFailures(source, withPools)
  const zones = await withZoneDetails(source, tree, {
    zones: bareZones,
    texts: bare.zoneTexts,
    pageblocks,
  })
  await noteContradictions(source, bare, nodes, options.consistency ?? 'trusted')
  const kernelParameters = await readKernelParameters(source, listings)
  const topology: Topology = {
    ...bare.topology,
    policy: await readPolicy(source),
    kernelParameters: kernelParameters ?? [],
    nodes,
    blocks: withDevices(await addStorage(source, bareBlocks), devices),
    devices,
    zones,
    totals: totalsOf(bare),
    notes: source.notes(),
  }
  let bases: TopologyBases | undefined
  return {
    ...topology,
    // Of a large host they take long, and few ask.
    get bases(): TopologyBases {
      bases ??= basesOf(topology, {
        ...bare,
        bareBlocks,
        releaseFile,
        given: options,
        kernelParameters,
      })
      return bases
    },
  }
}

/** Architectures with several sizes are told by what files count; see `derivePageBytes`. */
const pageSize: PageSizeRule = (files, arch) =>
  derivePageBytes(files, ARCH_PAGE_SIZES.get(arch ?? ''))
