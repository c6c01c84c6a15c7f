import { blockId, nodeId, physAddr } from '@memhp/core'
import { drcIndexOf } from '@memhp/driver-pseries/dialect'
import type {
  BlockContents,
  BlockInfo,
  DeviceInfo,
  ResourceInfo,
  Topology,
  ZoneInfo,
} from '@memhp/topology'

const PAGE_BYTES = 4096
export const BLOCK_BYTES: number = 128 * 2 ** 20
export const BLOCK_PAGES: number = BLOCK_BYTES / PAGE_BYTES

/** A block in short. What is left out: online, Normal, node 0, no device, contents unknown. */
export interface BlockSketch {
  readonly id: number
  readonly state?: BlockInfo['state']
  /** Zone of an online block; `none` for a block of several. */
  readonly zone?: string
  readonly node?: number
  readonly device?: string
  readonly counts?: BlockContents['counts']
}

/** A machine in short. */
export interface TopologySketch {
  readonly blocks: readonly BlockSketch[]
  /** Free pages of each zone by `node/name`; default: all that is present. */
  readonly free?: Readonly<Record<string, number>>
  /** CPUs by node; default: one on node 0. */
  readonly cpus?: Readonly<Record<number, readonly number[]>>
  readonly iomem?: readonly ResourceInfo[]
  readonly autoOnline?: string
  readonly parameters?: readonly string[]
  /** Devices without an eject file. */
  readonly fixedDevices?: readonly string[]
  readonly emptyDevices?: readonly string[]
  readonly hardwareCorruptedBytes?: number
}

function blockOf(sketch: BlockSketch): BlockInfo {
  const { id, state = 'online', zone = 'Normal', node = 0, device, counts } = sketch
  const online =
    zone === 'none' ? ({ kind: 'mixed' } as const) : ({ kind: 'in', name: zone } as const)
  return {
    id: blockId(id),
    start: physAddr(id * BLOCK_BYTES),
    end: physAddr((id + 1) * BLOCK_BYTES),
    state,
    zones: state === 'offline' ? { kind: 'candidates', names: ['Normal', 'Movable'] } : online,
    nodes: [nodeId(node)],
    removable: true,
    device: device ?? null,
    physDevice: 0,
    contents: counts === undefined ? null : { counts },
  }
}

function deviceOf(name: string, all: readonly BlockInfo[], sketch: TopologySketch): DeviceInfo {
  const blocks = all.filter((block) => block.device === name)
  const ranges: { start: number; end: number }[] = []
  for (const { start, end } of blocks) {
    const last = ranges.at(-1)
    if (last?.end === start) last.end = end
    else ranges.push({ start, end })
  }
  const drcIndex = drcIndexOf(name) ?? null
  return {
    name,
    driver: drcIndex === null ? 'acpi' : 'pseries',
    drcIndex,
    path: `\\_SB_.MHPC.${name}`,
    status: blocks.length > 0 ? 15 : 0,
    present: blocks.length > 0,
    ejectable: !(sketch.fixedDevices ?? []).includes(name),
    nodes: [...new Set(blocks.flatMap(({ nodes }) => nodes))],
    blocks: blocks.map(({ id }) => id),
    ranges: ranges.map(({ start, end }) => ({ start: physAddr(start), end: physAddr(end) })),
  }
}

function zonesOf(blocks: readonly BlockInfo[], sketch: TopologySketch): readonly ZoneInfo[] {
  const present = new Map<string, number>()
  for (const { zones, nodes, state } of blocks) {
    if (state !== 'online') continue
    const key = `${nodes[0] ?? 0}/${zones.kind === 'in' ? zones.name : 'Normal'}`
    present.set(key, (present.get(key) ?? 0) + BLOCK_PAGES)
  }
  return [...present].map(([key, pages]) => {
    const [node = '0', name = ''] = key.split('/')
    return {
      node: nodeId(Number(node)),
      name,
      startPfn: 0,
      spannedPages: pages,
      presentPages: pages,
      managedPages: pages,
      freePages: sketch.free?.[key] ?? pages,
      watermarks: { min: 0, low: 0, high: 0 },
      span: null,
      freeByOrder: null,
      perCpuPages: 0,
      pinnedPages: 0,
    }
  })
}

/** A whole topology from a sketch. */
export function topologyOf(sketch: TopologySketch): Topology {
  const blocks = sketch.blocks.map(blockOf).sort((a, b) => a.id - b.id)
  const names = new Set([
    ...blocks.flatMap(({ device }) => device ?? []),
    ...(sketch.emptyDevices ?? []),
  ])
  const ids = [...new Set(blocks.flatMap(({ nodes }) => nodes))].sort((a, b) => a - b)
  return {
    arch: 'x86_64',
    release: '6.1.0',
    pageBytes: PAGE_BYTES,
    pageBytesFrom: 'meminfo',
    blockBytes: BLOCK_BYTES,
    policy: {
      autoOnlineBlocks: sketch.autoOnline ?? 'offline',
      onlinePolicy: 'contig-zones',
      autoMovableRatio: 301,
      autoMovableNumaAware: true,
      memmapOnMemory: 'N',
    },
    kernelParameters: (sketch.parameters ?? []).map((name) => ({ name, value: null })),
    nodes: ids.map((id) => ({
      id,
      online: true,
      cpus: sketch.cpus?.[id] ?? (id === 0 ? [0] : []),
      hasMemory: blocks.some(({ nodes, state }) => nodes.includes(id) && state === 'online'),
      hasNormalMemory: null,
      distances: [],
      memTotalBytes: null,
      memFreeBytes: null,
      blocks: blocks.filter(({ nodes }) => nodes.includes(id)).map((block) => block.id),
    })),
    possibleNodes: ids,
    blocks,
    devices: [...names].sort().map((name) => deviceOf(name, blocks, sketch)),
    zones: zonesOf(blocks, sketch),
    iomem: sketch.iomem ?? null,
    firmwareMap: null,
    totals: {
      blocks: blocks.length,
      onlineBlocks: blocks.length,
      onlineBytes: blocks.length * BLOCK_BYTES,
      offlineBytes: 0,
      movableBytes: 0,
      memTotalBytes: null,
      memFreeBytes: null,
      memAvailableBytes: null,
      hardwareCorruptedBytes: sketch.hardwareCorruptedBytes ?? null,
    },
    notes: [],
  }
}

/** Blocks with neighbouring numbers that are alike. @param end exclusive */
export const blocksFrom = (
  start: number,
  end: number,
  like: Omit<BlockSketch, 'id'> = {},
): readonly BlockSketch[] =>
  Array.from({ length: end - start }, (_, i) => ({ id: start + i, ...like }))

/** Boot memory on node 0, and DIMMs in Movable on nodes 1 and 2. */
export const threeNodes = (changes: Partial<TopologySketch> = {}): Topology =>
  topologyOf({
    blocks: [
      { id: 0, zone: 'none' },
      ...blocksFrom(1, 16),
      ...blocksFrom(32, 36, { zone: 'Movable', node: 1, device: 'PNP0C80:00' }),
      ...blocksFrom(40, 48, { zone: 'Movable', node: 2, device: 'PNP0C80:01' }),
    ],
    ...changes,
  })
