import { pfn } from '../address/brand'
import {
  coveredSize,
  emptyIntervalSet,
  type IntervalSet,
  insertInterval,
  removeInterval,
} from '../address/interval-set'
import type { Range } from '../address/range'
import { alignDown, alignUp } from '../address/units'
import type { Machine } from '../model/machine'
import { type BootMapping, newMappingState } from '../model/mapping-state'
import { highmemStart } from '../zone/zone-table'
import { kernelTables, regionPart } from './kernel-tables'
import { type LeafExtent, leafExtents, withinCounters } from './leaf-extent'
import { PAGE_TABLES } from './page-table-slot'
import { directRange } from './region-range'
import { tableShape } from './table-shape'
import type { PageTables, RegionPart } from './table-types'
import { marksUnused, memmapPart } from './vmemmap-slot'

/**
 * Maps boot memory: the direct map by the largest leaves that fit (not more of a size than the captured counters
 * have), and the memmap of every section that holds boot memory. Costs as many steps as there are ranges of boot
 * memory; a table is stored when it is first changed (`boot-table.ts`).
 * @throws HotplugError ADDRESS_OUT_OF_REACH for memory beyond the direct map
 * Source: init_mem_mapping, arch/x86/mm/init.c, and sparse_init, mm/sparse.c, 6.1.
 * @beta
 */
export function mapBootMemory(machine: Machine): void {
  PAGE_TABLES.put(machine, newMappingState(tableShape(machine.arch).bootRootPfn))
  const tables = kernelTables(machine)
  const { shape, state } = tables
  const direct = bootDirectMap(machine, tables)
  state.boot = {
    direct,
    vmemmap: bootVmemmap(machine, tables),
    unplacedDirectBytes: new Map(),
  }
  for (const leafBytes of shape.regions.direct?.leaves ?? []) {
    const extents = direct.filter((mapping) => mapping.leafBytes === leafBytes)
    const bytes = extents.reduce((sum, mapping) => sum + mapping.sizeBytes, 0)
    state.directMapBytes.set(leafBytes, bytes)
  }
  matchDirectMapCounters(machine)
}

/**
 * Sets the DirectMap* counters to those of the captured host, if they are known, and remembers how many of their
 * bytes are in no leaf of the model. Called once more when memory that was hot-added before the capture is mapped.
 * @alpha
 */
export function matchDirectMapCounters(machine: Machine): void {
  const mapping = PAGE_TABLES.find(machine)
  const captured = machine.description.directMapBytes
  if (mapping === undefined || captured === undefined) return
  const unplaced = new Map<number, number>()
  for (const [leafBytes, bytes] of mapping.directMapBytes) {
    const placed = bytes - (mapping.boot.unplacedDirectBytes.get(leafBytes) ?? 0)
    const shown = captured[String(leafBytes)] ?? 0
    unplaced.set(leafBytes, shown - placed)
    mapping.directMapBytes.set(leafBytes, shown)
  }
  mapping.boot = { ...mapping.boot, unplacedDirectBytes: unplaced }
}

function bootDirectMap(machine: Machine, tables: PageTables): readonly BootMapping[] {
  const { direct } = tables.shape.regions
  if (direct === undefined) return []
  const sizes = direct.leaves
  const memory = emptyIntervalSet()
  for (const { start, end } of machine.description.ram)
    insertInterval(memory, { start, end: Math.min(end, highmemStart(machine.arch.geometry)) })
  const natural = memory.ranges.flatMap((range) => leafExtents(range, sizes))
  const captured = machine.description.directMapBytes
  const counters = captured && new Map(sizes.map((size) => [size, captured[String(size)] ?? 0]))
  return withinCounters(natural, { sizes, counters }).map((extent) => {
    const part = regionPart(tables, directRange(machine, extent))
    return bootMapping(part, extent)
  })
}

function bootMapping(part: RegionPart, { start, leafBytes }: LeafExtent): BootMapping {
  return { offset: part.start, sizeBytes: part.end - part.start, address: start, leafBytes }
}

function bootVmemmap(machine: Machine, tables: PageTables): readonly BootMapping[] {
  const { geometry, pageBytes, regions } = tables.shape
  if (regions.vmemmap === undefined) return []
  const leafBytes = regions.vmemmap.leaves[0] ?? pageBytes
  const used = emptyIntervalSet()
  const mapped = emptyIntervalSet()
  const { sectionBytes } = machine.geometry
  for (const range of machine.description.ram) {
    const { start, end } = memmapPart(tables, {
      start: pfn(alignDown(range.start, sectionBytes) / pageBytes),
      end: pfn(alignUp(range.end, sectionBytes) / pageBytes),
    })
    insertInterval(used, { start, end })
    insertInterval(mapped, { start: alignDown(start, leafBytes), end: alignUp(end, leafBytes) })
  }
  if (marksUnused(machine)) markNeverUsed(tables, { used, mapped })
  return mapped.ranges.map(({ start, end }) => ({
    offset: start,
    sizeBytes: end - start,
    address: geometry.bootFrameBase + start,
    leafBytes,
  }))
}

function markNeverUsed(
  tables: PageTables,
  memmap: { readonly used: IntervalSet; readonly mapped: IntervalSet },
): void {
  const { unusedVmemmap } = tables.state
  for (const range of memmap.mapped.ranges) {
    if (coveredSize(memmap.used, range) < sizeOf(range)) insertInterval(unusedVmemmap, range)
  }
  for (const range of memmap.used.ranges) removeInterval(unusedVmemmap, range)
}

const sizeOf = (range: Range): number => range.end - range.start
