import { invariant, type Machine } from '@memhp/core'
import { emptyIntervalSet, type IntervalSet } from '@memhp/core/plugin'

/** Pages that are bolted, as bytes of their regions: how boot or a resize laid them. */
export interface LaidPages {
  /** Linear mapping, ascending. */
  readonly linear: readonly { readonly start: number; readonly end: number }[]
  /** Boot's part of the vmemmap, ascending. Offset o is backed by BOOT_FRAME_BASE + o. */
  readonly bootVmemmap: readonly { readonly start: number; readonly end: number }[]
  /** Pages of the vmemmap that came later: first pfn of the backing by offset. */
  readonly vmemmap: ReadonlyMap<number, number>
}

/**
 * The hash page table and the kernel's list of what backs the vmemmap. Plain data, in `machine.state.memory.arch.hash`.
 *
 * The table itself is not stored: what boot put into a group follows from which pages hash there (`laid-groups.ts`). A group
 * is written down while it differs from that.
 */
export interface HashState {
  /** log2 of the bytes of the table. */
  shift: number
  /** Bytes of boot memory, which the size of vmemmap pages was decided by. */
  readonly bootBytes: number
  /** Bytes of the linear mapping that are bolted now. */
  readonly linear: IntervalSet
  /** vmemmap_list, boot's part: bytes of the region that are bolted still. */
  readonly bootVmemmap: IntervalSet
  /** vmemmap_list, the rest: first pfn of the backing by byte offset. */
  readonly vmemmap: Map<number, number>
  /** What was bolted when the table was laid. */
  laid: LaidPages
  /** Groups that differ from how they were laid, by number. */
  readonly groups: Map<number, Uint32Array>
}

const KEY = 'hash'

/** The state of a machine whose kernel has bolted nothing yet. */
export const newHashState = (what: Pick<HashState, 'shift' | 'bootBytes'>): HashState => ({
  ...what,
  linear: emptyIntervalSet(),
  bootVmemmap: emptyIntervalSet(),
  vmemmap: new Map(),
  laid: { linear: [], bootVmemmap: [], vmemmap: new Map() },
  groups: new Map(),
})

/** Puts the state into a machine. */
export function storeHashState(machine: Machine, state: HashState): void {
  machine.state.memory.arch[KEY] = state
}

/** The hash page table of a machine. Invariant: the machine has one. */
export function hashState(machine: Machine): HashState {
  const state = machine.state.memory.arch[KEY] as HashState | undefined
  invariant(state !== undefined, 'The machine has a hash page table.')
  return state
}

/** Takes what is bolted now for how the table is laid, and forgets all groups. */
export function layTable(state: HashState): void {
  const copy = (set: IntervalSet): { start: number; end: number }[] =>
    set.ranges.map((range) => ({ ...range }))
  state.laid = {
    linear: copy(state.linear),
    bootVmemmap: copy(state.bootVmemmap),
    vmemmap: new Map(state.vmemmap),
  }
  state.groups.clear()
}

/** Groups of the table: 128 bytes each. */
export const groupCount = (state: Pick<HashState, 'shift'>): number => 2 ** (state.shift - 7)
