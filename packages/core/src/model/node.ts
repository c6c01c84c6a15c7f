import type { NodeId } from '../address/brand'
import type { Zone } from './zone'

/** A NUMA node (a pgdat). It exists for the whole boot; `online` says whether it has a node device. @public */
export interface MemoryNode {
  readonly id: NodeId
  /** Known to be possible since boot. Old kernels take memory on others in as well. */
  readonly isPossible: boolean
  online: boolean
  readonly cpus: readonly number[]
  /** All zones of the node, lowest first, empty ones included. */
  readonly zones: Zone[]
  /** Span of the node: union of its zones' spans; 0, 0 when there is none. */
  startPfn: number
  spannedPages: number
  /** N_MEMORY and N_NORMAL_MEMORY. */
  hasMemory: boolean
  hasNormalMemory: boolean
  /** kswapdK and kcompactdK run. */
  kthreads: boolean
}
