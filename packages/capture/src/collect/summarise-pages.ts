import { BLOCK_SIZE_FILE, MEMORY_DIRECTORY, parseBuddyinfo, parseHex } from '@memhp/kernel-files'
import type { BlockPages, Capture, PageSummary } from '../format'
import { pathsOf } from '../paths-of'
import { BlockTally, PAGE_FLAGS_BYTES } from './page-flags'

/** The entries of /proc/kpageflags. */
export interface PageFlagsSource {
  /** Byte order of the machine that the entries come from. */
  readonly byteOrder: 'little' | 'big'
  /** Bytes of a base page there. */
  readonly pageBytes: number
  /**
   * @returns the entries of `count` pages from `startPfn` on, eight bytes each; fewer at the end of the file
   * @throws HotplugError NOT_READABLE, NO_SUCH_FILE
   */
  read(startPfn: number, count: number): Promise<Uint8Array>
}

/** Largest order of Linux on x86-64 with pages of 4 KiB. */
const DEFAULT_MAX_ORDER = 10
/** Entries asked for at once: 256 KiB of them. */
const PIECE_PAGES = 2 ** 15

const blockIds = (files: Capture['files']): number[] =>
  pathsOf(files)
    .flatMap((path) => /^\/sys\/devices\/system\/memory\/memory(\d+)\/state$/.exec(path)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)

/**
 * Counts the pages of every memory block that the files name.
 * @param step called before each block
 */
export async function summarisePages(
  files: Capture['files'],
  source: PageFlagsSource,
  step: (done: number, total: number) => void,
): Promise<PageSummary> {
  const { pageBytes } = source
  const columns = parseBuddyinfo(files['/proc/buddyinfo'] ?? '')[0]?.freeByOrder.length
  const maxOrder = columns === undefined ? DEFAULT_MAX_ORDER : columns - 1
  const blockPages = parseHex(files[BLOCK_SIZE_FILE] ?? '') / pageBytes
  const ids = blockIds(files)
  const blocks: BlockPages[] = []
  for (const [done, id] of ids.entries()) {
    step(done, ids.length)
    const tally = new BlockTally(maxOrder)
    // Entries of its pages are NOPAGE, and nothing since Linux 6.16: it has no pages in use either way.
    const isOffline = files[`${MEMORY_DIRECTORY}/memory${id}/state`]?.startsWith('offline') === true
    for (let page = 0; page < blockPages && !isOffline; page += PIECE_PAGES) {
      const count = Math.min(PIECE_PAGES, blockPages - page)
      const bytes = await source.read(id * blockPages + page, count)
      tally.addEntries(bytes, source.byteOrder)
      if (bytes.byteLength < count * PAGE_FLAGS_BYTES) break
    }
    blocks.push(tally.finish({ id, pages: blockPages }))
  }
  step(ids.length, ids.length)
  return { pageBytes, maxOrder, blocks }
}
