import type { NodeId, Pfn } from '../address/brand'
import type { Zone } from './zone'

/** A page that stayed where it is. `no-memory` is what the kernel reports as -12 (ENOMEM). @alpha */
export interface MigrationFailure {
  readonly pfn: Pfn
  readonly reason: 'pinned' | 'no-memory'
}

/** One pass of migration: what it may use, and its result. */
export interface MigrationPass {
  readonly zones: readonly Zone[]
  readonly nodes: readonly NodeId[]
  readonly nodeId: NodeId
  readonly failed: MigrationFailure[]
  migrated: number
  failedCount: number
  mayMoveLater: boolean
  /** Where the last huge page ended: what of it lies in later sections is not another one. */
  hugeEnd: number
}
