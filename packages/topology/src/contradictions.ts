import { kilobytesOf, type Meminfo, nodeFile } from '@memhp/kernel-files'
import type { Source } from './source'
import type { BareNode, BareZone, NodeInfo } from './topology'

const MEMINFO = '/proc/meminfo'

/** Notes counters that cannot all be true. What follows from each is left to whoever uses it. */
export function noteContradictions(
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
export function noteHugePages(
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
