import { nodeId } from '../address/brand'
import { KIB } from '../address/units'
import { allocatePages } from '../allocator/allocate'
import type { Machine } from '../model/machine'
import type { MemoryNotice } from '../model/memory-chain'

/** Stacks of kswapdK and kcompactdK, what the kernel keeps of the two, and what slabs round that up to. Source: guests of 7.2.13 and 7.3.4. */
const THREAD_BYTES = 128 * KIB

/** Threads that were just started for a node have their stacks there, where it has a kernel zone. */
export function placeThreads(machine: Machine, { statusChangeNid }: MemoryNotice): void {
  if (statusChangeNid < 0) return
  const id = nodeId(statusChangeNid)
  const order = Math.ceil(Math.log2(THREAD_BYTES / machine.geometry.pageBytes))
  allocatePages(machine, { order, nodeId: id, nodes: [id], mobility: 'unmovable', kind: 'slab' })
}
