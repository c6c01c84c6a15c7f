import { blockId, type Machine, sectionNr } from '@memhp/core'
import { pageCgroupHost } from '@memhp/core/inspect'
import type { BlockDependency, DependencyHook } from '@memhp/planner'

/**
 * Where the page_cgroup tables of a machine lie: the table of a block that came online late is in a block that was online
 * before, which cannot go offline first. Reverse order of onlining always works; this is as much of it as is needed.
 * Source: series of 2012, known problem 1 and patch 21; recordings of 3.10.108.
 */
export const pageCgroupDependencies =
  (machine: Machine): DependencyHook =>
  () => {
    const { pagesPerSection, pagesPerBlock } = machine.geometry
    const found: BlockDependency[] = []
    for (const nr of machine.state.memory.pageCgroupTables.keys()) {
      const host = pageCgroupHost(machine, sectionNr(nr))
      const block = Math.floor((nr * pagesPerSection) / pagesPerBlock)
      if (host === undefined || host === block) continue
      const isKnown = found.some((each) => each.block === block && each.host === host)
      const what = 'the page_cgroup table'
      if (!isKnown) found.push({ block: blockId(block), host: blockId(host), what })
    }
    return found
  }
