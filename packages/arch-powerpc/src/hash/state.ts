import type { Range } from '@memhp/core'
import { emptyIntervalSet, type IntervalSet, type StateSlot, stateSlot } from '@memhp/core/plugin'

/** Pages that were bolted after boot or the last resize of the table, as bytes of their regions. */
export interface BaselinePages {
  /** Linear mapping, ascending. */
  readonly linear: readonly { readonly start: number; readonly end: number }[]
  /** Boot's part of the vmemmap, ascending. Offset o is backed by BOOT_FRAME_BASE + o. */
  readonly bootVmemmap: readonly { readonly start: number; readonly end: number }[]
  /** Pages of the vmemmap that came later: first pfn of the backing by offset. */
  readonly vmemmap: ReadonlyMap<number, number>
}

/** Pages of a region that were bolted, or whose entries were taken away, in ascending order. */
export interface HashChange extends Range {
  readonly kind: 'bolted' | 'unbolted'
  readonly region: 'linear' | 'vmemmap'
  /** Physical address in bytes of the first page; the others follow it. */
  readonly address: number
}

/**
 * The hash page table and the kernel's list of what backs the vmemmap.
 *
 * The table itself is not stored: what a group held after boot or the last resize follows from which pages hash there
 * (`baseline-groups.ts`). Groups are stored only while they differ from that, and only once something reads the table:
 * until then the changes are listed (`changes.ts`).
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
  baseline: BaselinePages
  /** Groups that differ from the baseline, by number: before `changes`. */
  readonly groups: Map<number, Uint32Array>
  /** What was changed since and is not entered into `groups`, in order. */
  changes: HashChange[]
  /** The highest byte offset, in each region, below which pages were ever bolted. */
  readonly highest: { linear: number; vmemmap: number }
}

/** The hash page table, on machines of the hash MMU. */
export const HASH: StateSlot<HashState> = stateSlot('hash')

/** The state of a machine whose kernel has bolted nothing yet. */
export const newHashState = (what: Pick<HashState, 'shift' | 'bootBytes'>): HashState => ({
  ...what,
  linear: emptyIntervalSet(),
  bootVmemmap: emptyIntervalSet(),
  vmemmap: new Map(),
  baseline: { linear: [], bootVmemmap: [], vmemmap: new Map() },
  groups: new Map(),
  changes: [],
  highest: { linear: 0, vmemmap: 0 },
})

/** Notes how far boot's part of each region reaches. */
export function noteHighest({ highest, linear, bootVmemmap }: HashState): void {
  highest.linear = linear.ranges.at(-1)?.end ?? 0
  highest.vmemmap = bootVmemmap.ranges.at(-1)?.end ?? 0
}

/** Makes what is bolted now the baseline: no group differs from it. */
export function resetBaseline(state: HashState): void {
  const copy = (set: IntervalSet): { start: number; end: number }[] =>
    set.ranges.map((range) => ({ ...range }))
  state.baseline = {
    linear: copy(state.linear),
    bootVmemmap: copy(state.bootVmemmap),
    vmemmap: new Map(state.vmemmap),
  }
  state.groups.clear()
  state.changes = []
}

/** Groups of the table: 128 bytes each. */
export const groupCount = (state: Pick<HashState, 'shift'>): number => 2 ** (state.shift - 7)
