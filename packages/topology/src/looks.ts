import { type FileTree, isHotplugError } from '@memhp/core'
import { type Meminfo, type PageTypeNode, parsePagetypeinfo, TextFault } from '@memhp/kernel-files'
import { noteContradictions, noteHugePages } from './contradictions'
import type { Source } from './source'
import type { NodeInfo, ZoneInfo } from './topology'

/** Counters that are compared. */
interface Counters {
  readonly meminfo: Meminfo
  readonly nodes: readonly NodeInfo[]
  readonly zones: readonly ZoneInfo[]
}

/** What is looked at beside the facts that everything rests on: a program that has no use for it does not bring it. */
export interface Looks {
  /** Pageblocks by migrate type, of which `pageblocks: 'read'` asks. */
  pageTypes(tree: FileTree): Promise<readonly PageTypeNode[]>
  /** Notes counters that cannot all be true; where files are compared, those of huge pages, too. */
  contradictions(source: Source, counters: Counters, isCompared: boolean): void
}

/** All of it. */
export const LOOKS: Looks = {
  // Only root reads it, and little rests on it: where it cannot be read, nothing is said.
  async pageTypes(tree) {
    try {
      return parsePagetypeinfo(await tree.read('/proc/pagetypeinfo'))
    } catch (error) {
      if (isHotplugError(error) || error instanceof TextFault) return []
      throw error
    }
  },
  contradictions(source, counters, isCompared) {
    noteContradictions(source, counters)
    if (!isCompared) return
    for (const node of counters.nodes) noteHugePages(source, node)
  },
}
