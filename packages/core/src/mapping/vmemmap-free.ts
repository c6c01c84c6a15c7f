import type { NodeId } from '../address/brand'
import { coveredSize, insertInterval, removeInterval } from '../address/interval-set'
import { type PfnRange, type PhysRange, type Range, rangeSize } from '../address/range'
import type { Machine } from '../model/machine'
import type { LeftLeaf, RegionChange } from '../model/mapping-change'
import { kernelTables } from './kernel-tables'
import { sumOfChanges } from './mapping-change'
import type { PageTables } from './table-types'
import { unmapFrom } from './unmap-range'
import { entryOfSlot, isWholeSlot, memmapPart, pagesOf, type Slot, slotsOf } from './vmemmap-slot'

/*
 * A leaf of the vmemmap may hold the struct pages of several sections. The kernel marks what is not in use with
 * 0xFD bytes and frees a leaf that consists of nothing else. Here the marked bytes are intervals
 * (`state.unusedVmemmap`), not literal bytes, which gives the same answers:
 *
 * | event | kernel 6.1 | series of 2012 | here |
 * | --- | --- | --- | --- |
 * | a leaf is mapped for a part of it | head marked at once, tail before it matters | nothing marked | insert, or nothing |
 * | another part of it comes into use | its first struct page is cleared | its struct pages are written | remove |
 * | a part goes | marked; the leaf is freed if all of it is | the same | insert, compare with the leaf |
 *
 * Source: vmemmap_use_sub_pmd and vmemmap_pmd_is_unused, arch/x86/mm/init_64.c 6.1; spec 5.4; series, patch 16.
 */

/** Whose struct pages are to be freed, and by which rules. @beta */
export interface FreeVmemmapRequest {
  /** Pages whose struct pages are to go. */
  readonly pages: PfnRange
  /** Memory, in bytes, that holds its own memmap: pages there are not given back. */
  readonly selfHosted?: PhysRange | undefined
  readonly nodeId: NodeId
  readonly emptyTables: 'free' | 'keep'
}

/**
 * Frees the struct pages of a range, and the leaves that hold no others. Never refuses.
 * Source: vmemmap_free, arch/x86/mm/init_64.c 6.1; spec 5.4.
 * @beta
 */
export function freeVmemmap(machine: Machine, request: FreeVmemmapRequest): RegionChange {
  return freeVmemmapIn(kernelTables(machine), request)
}

/** `freeVmemmap`, on tables in hand. */
export function freeVmemmapIn(tables: PageTables, request: FreeVmemmapRequest): RegionChange {
  const left: LeftLeaf[] = []
  const freed: RegionChange[] = []
  for (const slot of slotsOf(tables, memmapPart(tables, request.pages))) {
    const leaves = leavesOf(tables, slot)
    if (isFreeable(tables, slot, leaves)) freed.push(unmapPart(tables, request, leaves))
    else
      left.push({ offset: leaves.start, leafBytes: rangeSize(leaves), count: 1, reason: 'shared' })
  }
  const sum = sumOfChanges(freed)
  return left.length === 0 ? sum : { ...sum, left: [...sum.left, ...left] }
}

/** What the leaves map that the struct pages of a slot's part are in. */
function leavesOf(tables: PageTables, slot: Slot): Range {
  if (isWholeSlot(slot)) return slot.part
  return entryOfSlot(tables, slot) === 'leaf' ? slot : pagesOf(tables, slot.part)
}

/** Whether the leaves of a slot's part can go with it: they stay where they hold other struct pages that are in use. */
function isFreeable(tables: PageTables, { part }: Slot, leaves: Range): boolean {
  removeInterval(tables.state.staleVmemmap, part)
  if (rangeSize(leaves) === rangeSize(part)) return true
  const { unusedVmemmap } = tables.state
  insertInterval(unusedVmemmap, part)
  return coveredSize(unusedVmemmap, leaves) === rangeSize(leaves)
}

function unmapPart(tables: PageTables, request: FreeVmemmapRequest, range: Range): RegionChange {
  const { selfHosted, nodeId, emptyTables } = request
  removeInterval(tables.state.unusedVmemmap, range)
  return unmapFrom(tables, {
    region: 'vmemmap',
    offset: range.start,
    sizeBytes: range.end - range.start,
    frames: 'free',
    partialLeaf: 'keep',
    emptyTables,
    nodeId,
    selfHosted,
  })
}
