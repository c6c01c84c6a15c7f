import { blockId, type Machine } from '@memhp/core'
import {
  directRange,
  findBlock,
  type LeafRun,
  listLeaves,
  memmapRange,
  pageCgroupHost,
} from '@memhp/core/inspect'
import type { OperationOf, ReadingOperation } from '../operation'

/** What a reading finds on a machine, in the form of recorded ones. */
export type Reading = Readonly<Record<string, unknown>>

/** Bits of an entry as QEMU's `info tlb` prints them: the recorder drops the two that user space has. */
const hex = (value: bigint): string => `0x${value.toString(16)}`

const asRun = ({ start, end, leafBytes, count, flags }: LeafRun): Reading => ({
  first_leaf: hex(start),
  last_leaf: hex(end - BigInt(leafBytes)),
  count,
  flags,
})

function pageTables(machine: Machine, { window }: OperationOf<'page-tables'>): Reading {
  const [start, end] = window.map(Number)
  const range = { start: start ?? 0, end: end ?? 0 }
  return {
    direct: listLeaves(machine, directRange(machine, range)).map(asRun),
    vmemmap: listLeaves(machine, memmapRange(machine, range)).map(asRun),
  }
}

/** `[start, spanned, present]` of each zone that has any, `[start, present, spanned]` of the node. */
function pgdat(machine: Machine): Reading {
  const nodes = [...machine.state.memory.nodes.values()].map((node) => {
    const zones = node.zones.map(
      ({ name, startPfn, spannedPages, presentPages }) =>
        [name, [startPfn, spannedPages, presentPages]] as const,
    )
    const shown = zones.filter(([, counts]) => counts.some((count) => count > 0))
    const present = node.zones.reduce((sum, { presentPages }) => sum + presentPages, 0)
    const own = [node.startPfn, present, node.spannedPages]
    return [String(node.id), { ...Object.fromEntries(shown), pgdat: own }] as const
  })
  return Object.fromEntries(nodes)
}

/** The block that holds the table of each section that came online since boot; `boot`: a boot block. */
function pageCgroupTables(machine: Machine): Reading {
  const isBoot = (host: number): boolean => findBlock(machine, blockId(host))?.early === true
  const tables = [...machine.state.memory.sections.separated.values()].flatMap(({ nr, early }) => {
    const host = pageCgroupHost(machine, nr)
    if (early || host === undefined) return []
    return [[String(nr), isBoot(host) ? 'boot' : `block ${host}`] as const]
  })
  return Object.fromEntries(tables)
}

/** Reads what no file shows. */
export function readMachine(machine: Machine, operation: ReadingOperation): Reading {
  switch (operation.op) {
    case 'page-tables':
      return pageTables(machine, operation)
    case 'pgdat-read':
      return pgdat(machine)
    case 'page-cgroup-tables':
      return pageCgroupTables(machine)
  }
}
