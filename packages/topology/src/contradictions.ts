import type { Awaitable, NodeId } from '@memhp/core'
import { andThen } from '@memhp/core/plugin'
import {
  blockDirectory,
  kilobytesOf,
  MEMORY_DIRECTORY,
  type Meminfo,
  nodeFile,
} from '@memhp/kernel-files'
import { stateOfFlag } from './blocks'
import type { BareReading } from './read-bare'
import { mapBounded, type Source } from './source'
import type { BareBlock, BareNode, BareZone, NodeInfo } from './topology'

const MEMINFO = '/proc/meminfo'

/** Notes counters that cannot all be true. */
function noteCounters(
  source: Source,
  {
    meminfo,
    nodes,
    zones,
  }: {
    readonly meminfo: Meminfo
    readonly nodes: readonly BareNode[]
    readonly zones: readonly BareZone[]
  },
): void {
  const note = (path: string, message: string): void => {
    source.note('contradiction', { path, message })
  }
  const kilobytes = (name: string): number | undefined => kilobytesOf(meminfo, name)
  const [total, free] = [kilobytes('MemTotal'), kilobytes('MemFree')]
  if (total !== undefined && free !== undefined && free > total) {
    note(MEMINFO, `MemFree, ${free} kB, is more than MemTotal, ${total} kB.`)
  }
  const huge = (meminfo.get('HugePages_Total')?.value ?? 0) * (kilobytes('Hugepagesize') ?? 0)
  if (total !== undefined && huge > total) {
    note(MEMINFO, `Its huge pages take ${huge} kB, more than MemTotal, ${total} kB.`)
  }
  for (const { id, memTotalBytes, memFreeBytes } of nodes) {
    if (memTotalBytes === null || memFreeBytes === null || memFreeBytes <= memTotalBytes) continue
    const [more, all] = [memFreeBytes / 1024, memTotalBytes / 1024]
    note(nodeFile(id, 'meminfo'), `MemFree, ${more} kB, is more than MemTotal, ${all} kB.`)
  }
  for (const { node, name, freePages, managedPages, presentPages, spannedPages } of zones) {
    const counts = [freePages ?? 0, managedPages, presentPages, spannedPages]
    if (counts.every((count, i) => i === 0 || (counts[i - 1] ?? 0) <= count)) continue
    const message = `Zone ${name} of node ${node} has ${freePages} free, ${managedPages} managed, ${presentPages} present and ${spannedPages} spanned pages, which must ascend.`
    note('/proc/zoneinfo', message)
  }
}

/** Notes huge pages of a node that are more than its memory, or of which more are free than there are. */
function noteHugePages(
  source: Source,
  { id, memTotalBytes, hugePages = [] }: Pick<NodeInfo, 'id' | 'memTotalBytes' | 'hugePages'>,
): void {
  for (const { pageBytes, pages, freePages } of hugePages) {
    const path = nodeFile(id, `hugepages/hugepages-${pageBytes / 1024}kB/nr_hugepages`)
    const message =
      freePages > pages
        ? `${freePages} huge pages are free of ${pages}.`
        : memTotalBytes !== null && pages * pageBytes > memTotalBytes
          ? `${pages} huge pages of ${pageBytes / 1024} kB are more than the node’s MemTotal, ${memTotalBytes / 1024} kB.`
          : undefined
    if (message !== undefined) source.note('contradiction', { path, message })
  }
}

/** Notes a processor that two nodes have. */
function noteSharedCpus(source: Source, nodes: readonly BareNode[]): void {
  const owners = new Map<number, NodeId>()
  for (const { id, cpus } of nodes) {
    for (const cpu of cpus ?? []) {
      const owner = owners.get(cpu)
      owners.set(cpu, id)
      if (owner === undefined) continue
      const message = `CPU ${cpu} is on nodes ${owner} and ${id}.`
      source.note('contradiction', { path: nodeFile(id, 'cpulist'), message })
    }
  }
}

/** Notes blocks that a node links to and that have no directory. */
function noteUnlisted(
  source: Source,
  nodes: readonly BareNode[],
  listed: ReadonlySet<number>,
): void {
  for (const { id: node, blocks } of nodes) {
    for (const block of blocks) {
      if (listed.has(block)) continue
      const message = 'A node links to a block that is not listed: it is left out.'
      source.note('contradiction', { path: nodeFile(node, `memory${block}`), message })
    }
  }
}

/** Notes names that are a block's but for zeros before its number: a copy that was changed by hand. */
function noteOtherNames(source: Source, names: readonly string[]): void {
  for (const name of names) {
    if (!name.startsWith('memory0') || !/^memory0\d+$/.test(name)) continue
    const message = 'The kernel gives no block such a name: it is left out.'
    source.note('contradiction', { path: `${MEMORY_DIRECTORY}/${name}`, message })
  }
}

/** Notes a block that is online by one of its files and offline by the other. */
function compareState(source: Source, { id, state }: BareBlock): Awaitable<void> {
  if (state === 'unknown' || state === 'going-offline') return
  const path = `${blockDirectory(id)}/online`
  const text = source.optionalText(path, 'It is not compared with `state`.')
  return andThen(text, (read) => {
    const flag = stateOfFlag(read?.trim())
    if (flag === 'unknown' || flag === state) return
    const message = `It says ${flag}, and \`state\` reads ${state}: \`state\` is believed.`
    source.note('contradiction', { path, message })
  })
}

/**
 * Notes what cannot all be true. What follows from each is left to whoever uses it.
 * @param nodes with their huge pages
 * @param consistency `compared`: files of which a kernel would show none without the other are compared, too
 */
export async function noteContradictions(
  source: Source,
  { topology, nodes: listed, names, meminfo }: BareReading,
  nodes: readonly (BareNode & Pick<NodeInfo, 'hugePages'>)[],
  consistency: 'compared' | 'trusted',
): Promise<void> {
  const { blocks, zones } = topology
  noteSharedCpus(source, listed.nodes)
  noteUnlisted(source, listed.nodes, new Set(blocks.map(({ id }) => id)))
  noteOtherNames(source, names)
  noteCounters(source, { meminfo, nodes, zones })
  if (consistency === 'trusted') return
  await mapBounded(blocks, (block) => compareState(source, block))
  for (const node of nodes) noteHugePages(source, node)
}
