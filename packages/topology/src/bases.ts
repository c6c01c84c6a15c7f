import {
  BLOCK_SIZE_FILE,
  FIRMWARE_MAP_DIRECTORY,
  formatNumberRuns,
  type KernelParameter,
  MEMORY_DIRECTORY,
  type Meminfo,
  NODE_DIRECTORY,
  type NumberRun,
  type PageSizeSource,
  parameterFile,
} from '@memhp/kernel-files'
import { ARCH_FILE } from './kernel'
import type { BareReading } from './read-bare'
import type {
  BareBlock,
  Basis,
  BlockInfo,
  NodeInfo,
  NumberedBasis,
  Topology,
  TopologyBases,
} from './topology'

const UNKNOWN: Basis = { kind: 'unknown' }

/** A fact that a file, a directory or a link states. */
const known = (path: string): Basis => ({ kind: 'known', path })

/** A fact that follows from others. */
const derived = (why: string): Basis => ({ kind: 'derived', why })

/** What a fact rests on that one file states: unknown where it has no value. */
const stated = (value: unknown, path: string): Basis =>
  value === null || value === undefined ? UNKNOWN : known(path)

const given = (): Basis => derived('the caller knows it')

const pageBases = (): Readonly<Record<PageSizeSource, Basis>> => ({
  given: given(),
  architecture: derived('the architecture has one page size'),
  'node-meminfo': derived('MemTotal of each node is what its zones manage in /proc/zoneinfo'),
  meminfo: derived('MemTotal of /proc/meminfo is what all zones manage in /proc/zoneinfo'),
  blocks: derived('pages present in /proc/zoneinfo fill the online blocks but for holes'),
  assumed: { kind: 'assumed', why: 'most architectures have such pages' },
})

/** How the facts of a topology were read, where the facts alone do not say. */
export interface Reading extends Omit<BareReading, 'topology' | 'zoneTexts' | 'names'> {
  /** Blocks before the devices were read. */
  readonly bareBlocks: readonly BareBlock[]
  /** The file that tells the release, where there is one. */
  readonly releaseFile: string
  /** What of the kernel the caller knew. */
  readonly given: { readonly arch?: string; readonly release?: string }
  /** Undefined where the command line could not be read. */
  readonly kernelParameters: readonly KernelParameter[] | undefined
}

/** One basis for each item, gathered by basis. @param items ascending; @param basisOf answers with the same object for the same basis */
function numbered<T extends { readonly id: number }>(
  items: readonly T[],
  basisOf: (item: T) => Basis,
): readonly NumberedBasis[] {
  const runsOf = new Map<Basis, NumberRun[]>()
  let run: { readonly basis: Basis; readonly first: number; last: number } | undefined
  for (const item of items) {
    const basis = basisOf(item)
    if (run?.basis === basis && run.last === item.id - 1) {
      run.last = item.id
      continue
    }
    run = { basis, first: item.id, last: item.id }
    const runs = runsOf.get(basis)
    if (runs === undefined) runsOf.set(basis, [run])
    else runs.push(run)
  }
  return [...runsOf].map(([basis, runs]) => ({ ...basis, ids: formatNumberRuns(runs) }))
}

/** Items whose value is null are unknown, all others known from one path. */
function numberedFrom<T extends { readonly id: number }>(
  items: readonly T[],
  path: string,
  factOf: (item: T) => unknown,
): readonly NumberedBasis[] {
  const basis = known(path)
  return numbered(items, (item) => (factOf(item) === null ? UNKNOWN : basis))
}

function blockBases(
  blocks: readonly BlockInfo[],
  { nodes, bareBlocks, stateByOnline }: Reading,
): TopologyBases['blocks'] {
  const file = (name: string): string => `${MEMORY_DIRECTORY}/memory*/${name}`
  const [byState, byOnline] = [known(file('state')), known(file('online'))]
  const [byBlock, byNode] = [known(file('node*')), known(`${NODE_DIRECTORY}/node*/memory*`)]
  const [byLink, byDevice] = [known(file('firmware_node')), derived('a device lists the block')]
  const linked = new Set<number>(nodes.nodes.flatMap((node) => node.blocks))
  const ownDevice = new Set<number>(
    bareBlocks.filter(({ device }) => device !== null).map(({ id }) => id),
  )
  return {
    state: numbered(blocks, ({ id, state }) =>
      state === 'unknown' ? UNKNOWN : stateByOnline.has(id) ? byOnline : byState,
    ),
    zones: numberedFrom(blocks, file('valid_zones'), ({ zones }) =>
      zones.kind === 'unknown' ? null : zones,
    ),
    nodes: numbered(blocks, (block) =>
      block.nodes.length === 0 ? UNKNOWN : linked.has(block.id) ? byNode : byBlock,
    ),
    removable: numberedFrom(blocks, file('removable'), ({ removable }) => removable),
    device: numbered(blocks, ({ id, device }) =>
      device === null ? UNKNOWN : ownDevice.has(id) ? byLink : byDevice,
    ),
    physDevice: numberedFrom(blocks, file('phys_device'), ({ physDevice }) => physDevice),
    contents: numberedFrom(blocks, '/proc/kpageflags', ({ contents }) => contents),
  }
}

function nodeBases(nodes: readonly NodeInfo[], reading: Reading): TopologyBases['nodes'] {
  const ofNode = (name: string): string => `${NODE_DIRECTORY}/node*/${name}`
  const ofAll = (name: string): string => `${NODE_DIRECTORY}/${name}`
  const byBlocks = derived('memory blocks name the node')
  const byList = reading.nodes.lists.includes('online')
    ? known(ofAll('online'))
    : derived('the node has a directory')
  const linked = known(ofNode('memory*'))
  const shown = new Set<number>(reading.nodes.nodes.map(({ id }) => id))
  const linking = new Set<number>(
    reading.nodes.nodes.filter(({ blocks }) => blocks.length > 0).map(({ id }) => id),
  )
  return {
    online: numbered(nodes, ({ id }) => (shown.has(id) ? byList : byBlocks)),
    cpus: numberedFrom(nodes, ofNode('cpulist'), ({ cpus }) => cpus),
    hasMemory: numberedFrom(nodes, ofAll('has_memory'), ({ hasMemory }) => hasMemory),
    hasNormalMemory: numberedFrom(
      nodes,
      ofAll('has_normal_memory'),
      ({ hasNormalMemory }) => hasNormalMemory,
    ),
    distances: numberedFrom(nodes, ofNode('distance'), ({ distances }) => distances[0] ?? null),
    memTotalBytes: numberedFrom(nodes, ofNode('meminfo'), ({ memTotalBytes }) => memTotalBytes),
    memFreeBytes: numberedFrom(nodes, ofNode('meminfo'), ({ memFreeBytes }) => memFreeBytes),
    blocks: numbered(nodes, ({ id, blocks }) =>
      linking.has(id) ? linked : blocks.length > 0 ? byBlocks : UNKNOWN,
    ),
  }
}

/** A counter of /proc/meminfo, or the sum of those of the nodes. */
function totalBasis(value: number | null, meminfo: Meminfo, name: string): Basis {
  if (value === null) return UNKNOWN
  return meminfo.has(name) ? known('/proc/meminfo') : derived('the sum of the nodes')
}

/** What each fact of a topology rests on. */
export function basesOf(topology: Topology, reading: Reading): TopologyBases {
  const { pageBytesFrom, nodes, blocks, zones, iomem, firmwareMap, policy, totals } = topology
  const { meminfo, releaseFile } = reading
  return {
    arch: reading.given.arch === undefined ? stated(topology.arch, ARCH_FILE) : given(),
    release: reading.given.release === undefined ? stated(topology.release, releaseFile) : given(),
    pageBytes: pageBases()[pageBytesFrom],
    blockBytes: known(BLOCK_SIZE_FILE),
    kernelParameters: stated(reading.kernelParameters, '/proc/cmdline'),
    possibleNodes: reading.nodes.lists.includes('possible')
      ? known(`${NODE_DIRECTORY}/possible`)
      : derived('only nodes that are present count as possible'),
    zones: stated(zones[0], '/proc/zoneinfo'),
    freeByOrder: stated(
      zones.find(({ freeByOrder }) => freeByOrder !== null),
      '/proc/buddyinfo',
    ),
    iomem: stated(iomem, '/proc/iomem'),
    firmwareMap: stated(firmwareMap, FIRMWARE_MAP_DIRECTORY),
    policy: {
      autoOnlineBlocks: stated(policy.autoOnlineBlocks, `${MEMORY_DIRECTORY}/auto_online_blocks`),
      onlinePolicy: stated(policy.onlinePolicy, parameterFile('online_policy')),
      autoMovableRatio: stated(policy.autoMovableRatio, parameterFile('auto_movable_ratio')),
      autoMovableNumaAware: stated(
        policy.autoMovableNumaAware,
        parameterFile('auto_movable_numa_aware'),
      ),
      memmapOnMemory: stated(policy.memmapOnMemory, parameterFile('memmap_on_memory')),
    },
    totals: {
      memTotalBytes: totalBasis(totals.memTotalBytes, meminfo, 'MemTotal'),
      memFreeBytes: totalBasis(totals.memFreeBytes, meminfo, 'MemFree'),
      memAvailableBytes: stated(totals.memAvailableBytes, '/proc/meminfo'),
      hardwareCorruptedBytes: stated(totals.hardwareCorruptedBytes, '/proc/meminfo'),
    },
    blocks: blockBases(blocks, reading),
    nodes: nodeBases(nodes, reading),
  }
}
