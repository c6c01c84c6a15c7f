import {
  type CountedMemory,
  derivePageBytes,
  type PageSize,
  type ZoneText,
} from '@memhp/kernel-files'
import { ARCH_PAGE_SIZES } from '@memhp/platforms/dialects'
import type { Source } from './source'
import type { NodeInfo, Totals } from './topology'

const pagesOf = (zones: readonly ZoneText[], counter: 'managed' | 'present'): number =>
  zones.reduce((total, { counters }) => total + (counters.get(counter) ?? 0), 0)

const counted = (bytes: number | null, pages: number): CountedMemory | undefined =>
  bytes === null || bytes === 0 || pages === 0 ? undefined : { bytes, pages }

/** The size of a base page, with a note where nothing tells it. See `derivePageBytes`. */
export function pageSizeOf(
  source: Source,
  known: {
    readonly givenBytes: number | undefined
    readonly arch: string | null
    readonly nodes: readonly NodeInfo[]
    readonly zones: readonly ZoneText[]
    readonly totals: Pick<Totals, 'memTotalBytes' | 'onlineBytes'>
  },
): PageSize {
  const { givenBytes, arch, nodes, zones, totals } = known
  const size = derivePageBytes({
    givenBytes,
    archPageBytes: arch === null ? undefined : ARCH_PAGE_SIZES.get(arch),
    nodes: nodes.flatMap(({ id, memTotalBytes }) => {
      const own = zones.filter(({ node }) => node === id)
      return counted(memTotalBytes, pagesOf(own, 'managed')) ?? []
    }),
    machine: counted(totals.memTotalBytes, pagesOf(zones, 'managed')),
    blocks: counted(totals.onlineBytes, pagesOf(zones, 'present')),
  })
  if (size.from === 'assumed') {
    const message = `Nothing tells the size of a page: ${size.bytes} bytes are assumed.`
    source.note('assumed', { path: '/proc/zoneinfo', message })
  }
  return size
}
