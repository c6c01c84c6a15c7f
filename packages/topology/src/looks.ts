import type { Meminfo } from '@memhp/kernel-files'
import { noteContradictions, noteHugePages } from './contradictions'
import { withHugePages } from './huge-pages'
import type { Source } from './source'
import type { BareNode, BareZone } from './topology'

/** What is looked at beside the facts that everything rests on: a program that has no use for it does not bring it. */
export interface Looks {
  /** Notes counters that cannot all be true; where files are compared, those of huge pages, too. */
  contradictions(
    source: Source,
    counters: {
      readonly meminfo: Meminfo
      readonly nodes: readonly BareNode[]
      readonly zones: readonly BareZone[]
    },
    isCompared: boolean,
  ): Promise<void>
}

/** All of it. */
export const LOOKS: Looks = {
  async contradictions(source, counters, isCompared) {
    noteContradictions(source, counters)
    if (!isCompared) return
    for (const node of await withHugePages(source, counters.nodes)) noteHugePages(source, node)
  },
}
