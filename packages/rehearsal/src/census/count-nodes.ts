import type { Machine } from '@memhp/core'
import { findNode } from '@memhp/core/inspect'
import { nodeDirectory } from '@memhp/kernel-files'
import type { Scope } from './scope'

/** What there is of a node. Counts are base pages. */
export interface NodeCensus {
  readonly id: number
  /** Its directory is there, and the list of online nodes names it. */
  readonly online: boolean
  readonly cpus: number
  readonly hasMemory: boolean
  readonly spannedPages: number
  readonly presentPages: number
  /** Entries of its directory, links to its blocks among them. */
  readonly entries: number
}

/** Counts what there is of a scope's nodes. */
export function countNodes(machine: Machine, scope: Scope): readonly NodeCensus[] {
  const { tree } = machine
  return scope.nodes.flatMap((id): readonly NodeCensus[] => {
    const node = findNode(machine, id)
    if (node === undefined) return []
    const path = nodeDirectory(id)
    return [
      {
        id,
        online: node.online,
        cpus: node.cpus.length,
        hasMemory: node.hasMemory,
        spannedPages: node.spannedPages,
        presentPages: node.zones.reduce((sum, zone) => sum + zone.presentPages, 0),
        entries: tree.lookup(path) === undefined ? 0 : tree.list(path).length,
      },
    ]
  })
}
