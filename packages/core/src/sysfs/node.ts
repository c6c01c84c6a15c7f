import { formatBitmap, formatNumberList, meminfoOver, nodeFile } from '@memhp/kernel-files'
import { type BlockId, type NodeId, nodeId } from '../address/brand'
import { blockIdsOfNode, findBlock } from '../block/block-table'
import { linkTo, readOnly, ueventOf } from '../kobject/mount'
import type { Directory, TreeNode } from '../model/directory'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { Rereader } from '../model/subsystem'
import { nodeDistance, nodeOf } from '../node/node-table'
import { isKernelZone } from '../zone/zone-table'
import { namesWithBlocks } from './block-names'
import { blockIdOf } from './memory'

/** /sys/devices/system/node. Source: drivers/base/node.c 6.1; spec 1.3. */
export function nodeRootDirectory(machine: Machine, rereader: Rereader | undefined): Directory {
  const nodes = (): readonly MemoryNode[] => [...machine.state.memory.nodes.values()]
  const list = (holds: (node: MemoryNode) => boolean): TreeNode => {
    const ids = (): NodeId[] =>
      nodes()
        .filter(holds)
        .map((node) => node.id)
    const text = (): string => `${formatNumberList(ids())}\n`
    return readOnly(rereader?.nodeList(holds, text) ?? text)
  }
  const { hasCpu } = machine.generation.rules.sysfs
  const fixed: Readonly<Record<string, TreeNode>> = {
    possible: list((node) => node.isPossible),
    online: list((node) => node.online),
    has_normal_memory: list((node) => node.hasNormalMemory),
    ...(hasHighmem(machine) ? { has_high_memory: list(holdsHighOrNormal) } : {}),
    has_memory: list((node) => node.hasMemory),
    has_cpu: list((node) => hasCpu === 'nodes' && node.cpus.length > 0),
    has_generic_initiator: readOnly(() => '\n'),
  }
  const directories = new Map<NodeId, Directory>()
  const directoryOfNode = (id: NodeId): Directory => {
    const known = directories.get(id) ?? nodeDirectory(machine, id, rereader)
    directories.set(id, known)
    return known
  }
  const online = (name: string): MemoryNode | undefined => {
    const digits = /^node(0|[1-9][0-9]*)$/.exec(name)?.[1]
    const node =
      digits === undefined ? undefined : machine.state.memory.nodes.get(nodeId(Number(digits)))
    return node?.online === true ? node : undefined
  }
  return {
    kind: 'directory',
    names: () => [
      ...Object.keys(fixed),
      ...nodes()
        .filter((node) => node.online)
        .map((node) => `node${node.id}`),
    ],
    get: (name) => {
      if (Object.hasOwn(fixed, name)) return fixed[name]
      const node = online(name)
      return node === undefined ? undefined : directoryOfNode(node.id)
    },
  }
}

const hasHighmem = ({ arch }: Machine): boolean =>
  arch.geometry.zones.some((zone) => zone.kind === 'highmem')

/** N_HIGH_MEMORY: present pages in a zone below Movable. */
const holdsHighOrNormal = (node: MemoryNode): boolean =>
  node.zones.some((zone) => isKernelZone(zone) && zone.presentPages > 0)

/** How many numbers of processors there are: the highest is the last. */
function cpuIds(machine: Machine): number {
  let last = 0
  for (const { cpus } of machine.state.memory.nodes.values()) last = Math.max(last, ...cpus)
  return last + 1
}

function nodeDirectory(machine: Machine, id: NodeId, rereader: Rereader | undefined): Directory {
  const fixed: Readonly<Record<string, TreeNode>> = {
    cpumap: readOnly(() => `${formatBitmap(nodeOf(machine, id).cpus, cpuIds(machine))}\n`),
    cpulist: readOnly(() => `${formatNumberList(nodeOf(machine, id).cpus)}\n`),
    meminfo: readOnly(nodeMeminfo(machine, id)),
    ...machine.subsystems.memoryCounters?.nodeFiles(machine, id),
    distance: readOnly(() => `${distances(machine, id).join(' ')}\n`),
    uevent: ueventOf(() => undefined),
    subsystem: linkTo('../../../../bus/node'),
    ...machine.generation.later?.nodeFiles(machine, id),
  }
  const hugePages = machine.subsystems.hugePages?.directory(machine, id)
  const always = machine.generation.rules.sysfs.hugePages === 'every-node'
  const hasPools = (): boolean =>
    hugePages !== undefined && (always || nodeOf(machine, id).hasMemory)
  const ids = (): readonly BlockId[] => blockIdsOfNode(machine, id)
  const names = namesWithBlocks(Object.keys(fixed), ids, rereader)
  const namesAndPools = namesWithBlocks([...Object.keys(fixed), 'hugepages'], ids, rereader)
  return {
    kind: 'directory',
    ...(rereader && { version: rereader.node(id) }),
    names: () => (hasPools() ? namesAndPools() : names()),
    get: (name) => {
      if (Object.hasOwn(fixed, name)) return fixed[name]
      if (name === 'hugepages') return hasPools() ? hugePages : undefined
      const block = blockIdOf(name)
      const found = block === undefined ? undefined : findBlock(machine, block)
      if (found === undefined || ![found.nodeId, ...found.extraNodes].includes(id)) return undefined
      return linkTo(`../../memory/${name}`)
    },
  }
}

const distances = (machine: Machine, from: NodeId): number[] =>
  [...machine.state.memory.nodes.values()]
    .filter((node) => node.online)
    .map((node) => nodeDistance(machine, from, node.id))

/** Prepares the text of a node's meminfo. */
function nodeMeminfo(machine: Machine, id: NodeId): () => string {
  const base = machine.description.files?.[nodeFile(id, 'meminfo')]
  const over = meminfoOver({ base, node: id })
  const pageKib = machine.geometry.pageBytes / 1024
  const { memTotal } = machine.generation.rules.procfs
  return () => {
    let managed = 0
    let present = 0
    let free = 0
    for (const zone of nodeOf(machine, id).zones) {
      managed += zone.managedPages
      present += zone.presentPages
      free += zone.free.freePages
    }
    const total = memTotal === 'managed' ? managed : present
    const kilobytes = {
      MemTotal: total * pageKib,
      MemFree: free * pageKib,
      // Where two nodes share a section, boot counts more pages of one as reserved than it can take from the free ones.
      MemUsed: Math.max(0, total - free) * pageKib,
    }
    return over({ kilobytes, lines: [] })
  }
}
