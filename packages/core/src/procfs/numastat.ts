import { nodeFile } from '@memhp/kernel-files'
import type { NodeId } from '../address/brand'
import type { Machine } from '../model/machine'
import { nodeOf } from '../node/node-table'

/**
 * Prepares the text of a node's counters of allocations since boot. The model keeps none: those of a capture stay as they were, and of
 * another machine each page in use counts once.
 * Source: node_read_numastat, drivers/base/node.c 6.1.
 */
export function numastatText(machine: Machine, id: NodeId): () => string {
  const captured = machine.description.files?.[nodeFile(id, 'numastat')]
  return () => {
    if (captured !== undefined) return captured
    let used = 0
    for (const { managedPages, free } of nodeOf(machine, id).zones)
      used += Math.max(0, managedPages - free.freePages)
    const counters = { numa_hit: used, numa_miss: 0, numa_foreign: 0, interleave_hit: 0 }
    const lines = Object.entries({ ...counters, local_node: used, other_node: 0 })
    return lines.map(([name, count]) => `${name} ${count}\n`).join('')
  }
}
