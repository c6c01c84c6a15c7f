import type { NodeId } from '../address/brand'
import { insertInterval, removeInterval } from '../address/interval-set'
import { type PfnRange, rangeIntersection } from '../address/range'
import { isHotplugError } from '../errors/hotplug-error'
import type { GenerationRules, MendedRules } from '../model/generation-rules'
import type { Machine } from '../model/machine'
import type { RegionChange } from '../model/mapping-change'
import type { SelfHosting } from '../model/subsystem'
import { kernelTables } from './kernel-tables'
import { mapReversibly, type ReversibleMapping } from './map-range'
import { sumOfChanges } from './mapping-change'
import type { MapRequest } from './requests'
import type { PageTables, RegionPart } from './table-types'
import {
  entryOfSlot,
  isWholeSlot,
  memmapPart,
  pagesOf,
  type Slot,
  slotLeaf,
  slotSize,
  slotsOf,
} from './vmemmap-slot'

/** Whose struct pages are to be mapped, and where their memory is from. @beta */
export interface PopulateRequest {
  /** Pages whose struct pages are to exist. */
  readonly pages: PfnRange
  /** Node that pages are taken from if it has memory. */
  readonly nodeId: NodeId
  /** Memory that is to hold its own memmap in its first pages. Nothing is allocated for it then. */
  readonly selfHosted?: SelfHosting | undefined
  readonly neverUsed: GenerationRules['mapping']['neverUsed']
  /** Struct pages in a leaf that is in place already; default: cleared. */
  readonly reusedMemmap?: MendedRules['reusedMemmap']
}

/**
 * Maps the struct pages of a range: by large leaves where there are pages for them, else by base pages. A leaf
 * that is in place already is shared (`vmemmap-free.ts` says how).
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM), after undoing what this call did
 * Source: vmemmap_populate, arch/x86/mm/init_64.c 6.1; spec 5.4.
 * @beta
 */
export function populateVmemmap(machine: Machine, request: PopulateRequest): RegionChange {
  return populateIn(kernelTables(machine), request)
}

/** `populateVmemmap`, on tables in hand. */
export function populateIn(tables: PageTables, request: PopulateRequest): RegionChange {
  const { unusedVmemmap } = tables.state
  const part = memmapPart(tables, request.pages)
  const unusedBefore = [...unusedVmemmap.ranges]
  const done: ReversibleMapping[] = []
  try {
    for (const slot of slotsOf(tables, part)) populateSlot(tables, request, { slot, done })
    return sumOfChanges(done.map((mapping) => mapping.mapped))
  } catch (error) {
    for (const mapping of done.reverse()) mapping.undo()
    unusedVmemmap.ranges.splice(0, Number.POSITIVE_INFINITY, ...unusedBefore)
    throw error
  }
}

interface SlotWork {
  readonly slot: Slot
  readonly done: ReversibleMapping[]
}

function populateSlot(tables: PageTables, request: PopulateRequest, work: SlotWork): void {
  const { slot } = work
  const { unusedVmemmap } = tables.state
  const { part } = slot
  const isStretch = slotSize(slot) > slotLeaf(tables, slot)
  const found = isStretch ? 'none' : entryOfSlot(tables, slot)
  if (found === 'leaf') {
    if (request.reusedMemmap === 'stale') keepStale(tables, part)
    removeInterval(unusedVmemmap, part)
  } else if (
    found === 'none' &&
    request.selfHosted?.holds(slot) !== false &&
    mapWholeSlot(tables, request, work)
  ) {
    if (isWholeSlot(slot) || request.neverUsed === 'unmarked') return
    insertInterval(unusedVmemmap, slot)
    removeInterval(unusedVmemmap, part)
  } else mapPages(tables, request, work)
}

/** Maps the pages of a part of a slot by smaller leaves; neighbouring sections may share a page. */
function mapPages(tables: PageTables, request: PopulateRequest, work: SlotWork): void {
  const { unusedVmemmap } = tables.state
  const { part } = work.slot
  const pages = pagesOf(tables, part)
  const smaller = part.region.leaves.slice(1)
  const leafSizes = smaller.length === 0 ? [tables.shape.pageBytes] : smaller
  const mapping = mapReversibly(tables, mapRequest(request, { part: pages, leafSizes }))
  work.done.push(mapping)
  if (mapping.mapped.leaves.length > 0) insertInterval(unusedVmemmap, pages)
  removeInterval(unusedVmemmap, part)
}

/** Notes which bytes of a part hold the marker of an earlier section. */
function keepStale({ state }: PageTables, part: RegionPart): void {
  for (const range of state.unusedVmemmap.ranges) {
    const stale = rangeIntersection(range, part)
    if (stale !== undefined) insertInterval(state.staleVmemmap, stale)
  }
}

/**
 * Maps a slot by one large leaf.
 * @returns false where there are no pages for the leaf but smaller ones may do: for a table above it there is no other way
 */
function mapWholeSlot(tables: PageTables, request: PopulateRequest, work: SlotWork): boolean {
  const { slot, done } = work
  const part = { region: slot.part.region, start: slot.start, end: slot.end }
  const leafSizes = [slotLeaf(tables, slot)]
  try {
    done.push(mapReversibly(tables, mapRequest(request, { part, leafSizes })))
    return true
  } catch (error) {
    const isOnlySize = slot.part.region.leaves.length === 1
    if (isOnlySize || request.selfHosted !== undefined) throw error
    if (isHotplugError(error) && error.detail.use === 'memmap') return false
    throw error
  }
}

function mapRequest(
  request: PopulateRequest,
  what: { readonly part: RegionPart; readonly leafSizes: readonly number[] },
): MapRequest {
  const { start, end } = what.part
  const address = request.selfHosted?.addressAt(start)
  return {
    region: 'vmemmap',
    offset: start,
    sizeBytes: end - start,
    leafSizes: what.leafSizes,
    backing: address === undefined ? { kind: 'allocated' } : { kind: 'linear', address },
    nodeId: request.nodeId,
  }
}
