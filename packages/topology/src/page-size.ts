import type { CountedFiles, PageSize } from '@memhp/kernel-files'
import type { Source } from './source'

/** What tells the size of a base page of an architecture. */
export type PageSizeRule = (files: CountedFiles, arch: string | null) => PageSize

/** The size of a base page, with a note where nothing tells it. See `derivePageBytes`. */
export function pageSizeOf(
  source: Source,
  known: {
    /** What the caller knows. */
    readonly givenBytes: number | undefined
    readonly rule: PageSizeRule
    readonly arch: string | null
    readonly files: CountedFiles
  },
): PageSize {
  const { givenBytes, rule, arch, files } = known
  if (givenBytes !== undefined) return { bytes: givenBytes, from: 'given' }
  const size = rule(files, arch)
  if (size.from === 'assumed') {
    const message = `Nothing tells the size of a page: ${size.bytes} bytes are assumed.`
    source.note('assumed', { path: '/proc/zoneinfo', message })
  }
  return size
}
