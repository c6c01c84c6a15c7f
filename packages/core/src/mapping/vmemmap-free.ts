import type { NodeId } from '../address/brand'
import { coveredSize, insertInterval, removeInterval } from '../address/interval-set'
import type { PfnRange, PhysRange, Range } from '../address/range'
import type { Machine } from '../model/machine'
import { kernelTables } from './kernel-tables'
import type { PageTables } from './page-tables'
import type { LeafCount, TableCount } from './tally'
import { type FrameOwner, type Unmapped, unmapFrom } from './unmap-range'
import { entryOfSlot, isWholeSlot, memmapPart, type Slot, slotSize, slotsOf } from './vmemmap-slot'

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

export interface FreeVmemmapRequest {
  /** Pages whose struct pages are to go. */
  readonly pages: PfnRange
  /** Memory, in bytes, that holds its own memmap: pages there are not given back. */
  readonly selfHosted?: PhysRange
  readonly nodeId: NodeId
  readonly emptyTables: 'free' | 'keep'
}

/** What freeing struct pages took away and what it left. */
export interface FreedVmemmap {
  readonly leaves: readonly LeafCount[]
  readonly tables: readonly TableCount[]
  /** Pages that held the struct pages, by owner. */
  readonly framePages: Readonly<Record<FrameOwner, number>>
  /** Leaves that stay because other bytes of them are in use, or are not known to be unused. */
  readonly shared: readonly SharedLeaf[]
}

export interface SharedLeaf {
  /** Bytes from the region's base. */
  readonly offset: number
  readonly leafBytes: number
  /** Bytes of it that hold the unused marker. */
  readonly unusedBytes: number
}

/**
 * Frees the struct pages of a range, and the leaves that hold no others. Never refuses.
 * Source: vmemmap_free, arch/x86/mm/init_64.c 6.1; spec 5.4.
 */
export function freeVmemmap(machine: Machine, request: FreeVmemmapRequest): FreedVmemmap {
  return freeVmemmapIn(kernelTables(machine), request)
}

/** `freeVmemmap`, on tables in hand. */
export function freeVmemmapIn(tables: PageTables, request: FreeVmemmapRequest): FreedVmemmap {
  const shared: SharedLeaf[] = []
  const freed: Unmapped[] = []
  for (const slot of slotsOf(tables, memmapPart(tables, request.pages))) {
    const range = freeableRange(tables, slot)
    if (range !== undefined) freed.push(unmapPart(tables, request, range))
    else shared.push(sharedLeaf(tables, slot))
  }
  return { ...sumOf(tables, freed), shared }
}

/** What can be unmapped when the slot's part goes; undefined where its leaf has to stay. */
function freeableRange(tables: PageTables, slot: Slot): Range | undefined {
  if (isWholeSlot(slot) || entryOfSlot(tables, slot) !== 'leaf') return slot.part
  const { unusedVmemmap } = tables.state
  insertInterval(unusedVmemmap, slot.part)
  return coveredSize(unusedVmemmap, slot) === slotSize(slot) ? slot : undefined
}

const sharedLeaf = (tables: PageTables, slot: Slot): SharedLeaf => ({
  offset: slot.start,
  leafBytes: slotSize(slot),
  unusedBytes: coveredSize(tables.state.unusedVmemmap, slot),
})

function unmapPart(tables: PageTables, request: FreeVmemmapRequest, range: Range): Unmapped {
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
    ...(selfHosted === undefined ? {} : { selfHosted }),
  })
}

function sumOf(tables: PageTables, parts: readonly Unmapped[]): Omit<FreedVmemmap, 'shared'> {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
  const pagesOf = (owner: FrameOwner): number => sum(parts.map((part) => part.framePages[owner]))
  const { levels } = tables.shape
  const leaves = levels.map(({ spanBytes }) => ({
    leafBytes: spanBytes,
    count: sum(
      parts.flatMap((part) =>
        part.leaves.filter((l) => l.leafBytes === spanBytes).map((l) => l.count),
      ),
    ),
  }))
  const tableCounts = levels.map(({ name }) => ({
    level: name,
    count: sum(
      parts.flatMap((part) => part.tables.filter((t) => t.level === name).map((t) => t.count)),
    ),
  }))
  return {
    leaves: leaves.filter((entry) => entry.count > 0),
    tables: tableCounts.filter((entry) => entry.count > 0),
    framePages: {
      allocator: pagesOf('allocator'),
      boot: pagesOf('boot'),
      'self-hosted': pagesOf('self-hosted'),
    },
  }
}
