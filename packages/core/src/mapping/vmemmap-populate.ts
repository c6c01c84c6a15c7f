import type { NodeId } from '../address/brand'
import { insertInterval, removeInterval } from '../address/interval-set'
import type { PfnRange, PhysRange } from '../address/range'
import { isHotplugError } from '../errors/hotplug-error'
import type { Machine } from '../machine/machine'
import { kernelTables } from './kernel-tables'
import { type Backing, type MapRequest, mapInto } from './map-range'
import type { PageTables } from './page-tables'
import type { RegionPart } from './table-walk'
import { freeSlots } from './vmemmap-free'
import { entryOfSlot, isWholeSlot, memmapPart, type Slot, slotSize, slotsOf } from './vmemmap-slot'

/** What happens to bytes of a new leaf that hold no struct page: 6.1 marks them, the series of 2012 did not. */
export type NeverUsedBytes = 'marked' | 'unmarked'

export interface PopulateRequest {
  /** Pages whose struct pages are to exist. */
  readonly pages: PfnRange
  /** Node that pages are taken from if it has memory. */
  readonly nodeId: NodeId
  /** Memory, in bytes, that is to hold its own memmap in its first pages. Nothing is allocated for it then. */
  readonly selfHosted?: PhysRange
  readonly neverUsed: NeverUsedBytes
}

/**
 * Maps the struct pages of a range: by large leaves where there are pages for them, else by base pages. A leaf
 * that is there already is shared (`vmemmap-free.ts` says how).
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM), after undoing what this call did
 * Source: vmemmap_populate, arch/x86/mm/init_64.c 6.1; spec 5.4.
 */
export function populateVmemmap(machine: Machine, request: PopulateRequest): void {
  populateIn(kernelTables(machine), request)
}

/** `populateVmemmap`, on tables in hand. */
export function populateIn(tables: PageTables, request: PopulateRequest): void {
  const part = memmapPart(tables, request.pages)
  let reached = part.start
  try {
    for (const slot of slotsOf(tables, part)) {
      populateSlot(tables, request, slot)
      reached = slot.part.end
    }
  } catch (error) {
    freeSlots(tables, { ...request, emptyTables: 'free' }, { ...part, end: reached })
    throw error
  }
}

function populateSlot(tables: PageTables, request: PopulateRequest, slot: Slot): void {
  const { unusedVmemmap } = tables.state
  const found = entryOfSlot(tables, slot)
  if (found === 'leaf') {
    removeInterval(unusedVmemmap, slot.part)
  } else if (found === 'none' && mapWholeSlot(tables, request, slot)) {
    if (isWholeSlot(slot) || request.neverUsed === 'unmarked') return
    insertInterval(unusedVmemmap, slot)
    removeInterval(unusedVmemmap, slot.part)
  } else {
    const smaller = tables.shape.geometry.vmemmapLeaves.slice(1)
    mapInto(tables, mapRequest(tables, request, { part: slot.part, leafSizes: smaller }))
  }
}

/** Maps a slot by one large leaf. @returns false where there are no pages for that but smaller leaves may do */
function mapWholeSlot(tables: PageTables, request: PopulateRequest, slot: Slot): boolean {
  const whole = { ...slot.part, start: slot.start, end: slot.end }
  try {
    mapInto(tables, mapRequest(tables, request, { part: whole, leafSizes: [slotSize(slot)] }))
    return true
  } catch (error) {
    const isOnlySize = tables.shape.geometry.vmemmapLeaves.length === 1
    if (isOnlySize || request.selfHosted !== undefined) throw error
    if (isHotplugError(error) && error.code === 'OUT_OF_MEMORY') return false
    throw error
  }
}

function mapRequest(
  tables: PageTables,
  request: PopulateRequest,
  what: { readonly part: RegionPart; readonly leafSizes: readonly number[] },
): MapRequest {
  const { start, end } = what.part
  return {
    region: 'vmemmap',
    offset: start,
    sizeBytes: end - start,
    leafSizes: what.leafSizes,
    backing: backingAt(tables, request, start),
    nodeId: request.nodeId,
  }
}

/** Self-hosted struct pages follow each other from the first byte of the memory that holds them. */
function backingAt(tables: PageTables, request: PopulateRequest, offset: number): Backing {
  const { selfHosted } = request
  if (selfHosted === undefined) return { kind: 'allocated' }
  const { pageBytes, structPageBytes } = tables.shape
  const firstOffset = (selfHosted.start / pageBytes) * structPageBytes
  return { kind: 'linear', address: selfHosted.start + (offset - firstOffset) }
}
