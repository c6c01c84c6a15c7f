import type { CountedMemory, PageSize, PageSizeEvidence, ZoneText } from '@memhp/kernel-files'
import type { Source } from './source'
import type { BareNode, BareTotals } from './topology'

const pagesOf = (zones: readonly ZoneText[], counter: 'managed' | 'present'): number =>
  zones.reduce((total, { counters }) => total + (counters.get(counter) ?? 0), 0)

const counted = (bytes: number | null, pages: number): CountedMemory | undefined =>
  bytes === null || bytes === 0 || pages === 0 ? undefined : { bytes, pages }

/** What tells the size of a base page of an architecture. */
export type PageSizeRule = (
  evidence: Omit<PageSizeEvidence, 'archPageBytes'>,
  arch: string | null,
) => PageSize

/** The size of a base page, with a note where nothing tells it. See `derivePageBytes`. */
export function pageSizeOf(
  source: Source,
  known: {
    /** What the caller knows. */
    readonly givenBytes: number | undefined
    readonly rule: PageSizeRule
    readonly arch: string | null
    readonly nodes: readonly BareNode[]
    readonly zones: readonly ZoneText[]
    readonly totals: BareTotals
  },
): PageSize {
  const { givenBytes, rule, arch, nodes, zones, totals } = known
  if (givenBytes !== undefined) return { bytes: givenBytes, from: 'given' }
  const evidence = {
    nodes: nodes.flatMap(({ id, memTotalBytes }) => {
      const own = zones.filter(({ node }) => node === id)
      return counted(memTotalBytes, pagesOf(own, 'managed')) ?? []
    }),
    machine: counted(totals.memTotalBytes, pagesOf(zones, 'managed')),
    blocks: counted(totals.onlineBytes, pagesOf(zones, 'present')),
  }
  const size = rule(evidence, arch)
  if (size.from === 'assumed') {
    const message = `Nothing tells the size of a page: ${size.bytes} bytes are assumed.`
    source.note('assumed', { path: '/proc/zoneinfo', message })
  }
  return size
}
