import type { Errno, TrackedAllocationRequest } from '@memhp/core'
import type { StepFailure } from '../step-fault'

/**
 * One operation of a simulation, as plain data: a list of them can be run again, shortened and printed.
 * Addresses and sizes are bytes.
 */
export type SimOperation =
  | { readonly op: 'write'; readonly path: string; readonly text: string }
  | {
      readonly op: 'plug'
      readonly id: string
      readonly sizeBytes: number
      readonly node: number
    }
  | { readonly op: 'unplug'; readonly id: string }
  | { readonly op: 'add'; readonly start: number; readonly end: number; readonly node: number }
  | {
      readonly op: 'remove' | 'offline-and-remove'
      readonly start: number
      readonly end: number
    }
  | {
      readonly op: 'fill'
      readonly name: string
      readonly kind: TrackedAllocationRequest['kind']
      readonly pageCount: number
      readonly node: number
      readonly policy: 'prefer' | 'bind'
    }
  | { readonly op: 'drop'; readonly name: string }
  /** A long-term reference to a page of an owner, taken or dropped. */
  | { readonly op: 'pin' | 'unpin'; readonly name: string; readonly index: number }
  /** A page of kernel memory in a block, or none of those any more. */
  | { readonly op: 'obstruct' | 'clear'; readonly block: number }
  | {
      readonly op: 'inject'
      readonly event: 'MEM_GOING_ONLINE' | 'MEM_GOING_OFFLINE'
      /** Null: healthy again. */
      readonly errno: Errno | null
    }
  /** Huge pages of the size of a pageblock: into the pool, from it into use, back into it, out of it. */
  | {
      readonly op: 'reserve-huge' | 'use-huge' | 'release-huge' | 'shrink-huge'
      readonly node: number
      readonly count: number
    }
  /** Remembers the machine, or puts it back to what it was then. */
  | { readonly op: 'remember' | 'return' }

export interface SimStep {
  readonly operation: SimOperation
  /** A step of a transaction that is made to fail while the operation runs; one of fewer steps is not disturbed. */
  readonly fault?: StepFailure
}
