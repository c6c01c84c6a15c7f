import type { ReadTopologyOptions } from './read-topology'
import type { BlockContents } from './topology'

/** What a capture file says besides its files. */
export interface CaptureHead {
  readonly arch: string
  /** What `uname -r` prints; `unknown` where the host did not say. */
  readonly kernelRelease: string
  readonly pages?: {
    readonly pageBytes: number
    readonly blocks: readonly (BlockContents & { readonly id: number })[]
  }
}

/** How a capture is to be read: whoever reads it sees the same. */
export function knownOfCapture({ arch, kernelRelease, pages }: CaptureHead): ReadTopologyOptions {
  const byBlock = new Map<number, BlockContents>(
    pages?.blocks.map((block) => [block.id, block]) ?? [],
  )
  return {
    arch,
    ...(kernelRelease === 'unknown' ? {} : { release: kernelRelease }),
    contents: (block) => byBlock.get(block),
    ...(pages === undefined ? {} : { pageBytes: pages.pageBytes }),
    consistency: 'compared',
    pageblocks: 'read',
  }
}
