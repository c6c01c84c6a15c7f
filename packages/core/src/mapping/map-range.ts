import { alignDown, formatHex, isAligned } from '../address/units'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'
import type { RegionChange } from '../model/mapping-change'
import { kernelTables, regionPart } from './kernel-tables'
import { leafSpan } from './leaf-run'
import { addTable, undoEntries } from './map-job'
import { childPlace, rootPlace, writeTable } from './page-tables'
import { putEntries } from './put-entries'
import type { MapRequest } from './requests'
import { entryIndex } from './table-shape'
import type { LevelShape, MapJob, PageTables, RegionPart, TablePlace } from './table-types'
import { adjustDirectMap, changeOf, newTally } from './tally'
/**
 * Maps a range with the largest leaves that fit. What is mapped already stays, as the kernel leaves it; where a
 * table is in place it is filled, also where a larger leaf would fit.
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM), after undoing what this call did; BAD_ARGUMENT, ADDRESS_OUT_OF_REACH
 * Source: kernel_physical_mapping_init, arch/x86/mm/init_64.c 6.1; spec 2.5.
 * @beta
 */
export function mapRange(machine: Machine, request: MapRequest): RegionChange {
  return mapInto(kernelTables(machine), request)
}

/** `mapRange`, on tables in hand. */
export function mapInto(tables: PageTables, request: MapRequest): RegionChange {
  return mapReversibly(tables, request).mapped
}

/** A mapping and the way back, as long as nothing else has changed the tables. */
export interface ReversibleMapping {
  readonly mapped: RegionChange
  /** Takes away exactly what the mapping added, also tables that would otherwise stay. */
  undo(): void
}

/** `mapInto` for callers that may have to take it back. @throws as `mapRange` */
export function mapReversibly(tables: PageTables, request: MapRequest): ReversibleMapping {
  const part = regionPart(tables, request)
  const smallestLeaf = Math.min(...request.leafSizes)
  refuseUnalignedBacking(request, smallestLeaf)
  const tally = newTally(tables.shape)
  const job: MapJob = { tables, request, smallestLeaf, tally, done: [] }
  if (part.start === part.end) return reversible(job, part)
  try {
    fillTable(job, rootPlace(tables, part.region, part.start), part)
  } catch (error) {
    undoEntries(job)
    throw error
  }
  return reversible(job, part)
}

/** Enters the new leaves into the counters. */
function reversible(job: MapJob, part: RegionPart): ReversibleMapping {
  const { tables, tally } = job
  const mapped = changeOf(tables.shape, tally)
  const { leaves } = mapped
  adjustDirectMap(tables, part.region, { leaves, sign: 1 })
  return {
    mapped,
    undo: () => {
      if (job.done.length === 0) return
      undoEntries(job)
      adjustDirectMap(tables, part.region, { leaves, sign: -1 })
    },
  }
}

function refuseUnalignedBacking(request: MapRequest, smallestLeaf: number): void {
  const { offset, sizeBytes, backing } = request
  const address = backing.kind === 'linear' ? backing.address : offset
  const aligned = [offset, sizeBytes, address].every((value) => isAligned(value, smallestLeaf))
  if (aligned) return
  throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'The range is not a whole number of leaves.', {
    detail: { offset, sizeBytes, address, smallestLeaf },
  })
}

function fillTable(job: MapJob, place: TablePlace, part: RegionPart): void {
  const { tables } = job
  const { entries } = tables.shape.geometry
  const { level, region } = place
  const words = writeTable(tables, place)
  let next = part.start
  for (let at = part.start; at < part.end; at = next) {
    const entryStart = alignDown(at, level.spanBytes)
    next = Math.min(entryStart + level.spanBytes, part.end)
    const index = entryIndex(region, level, at)
    const low = words[2 * index] ?? 0
    const high = words[2 * index + 1] ?? 0
    const isFree = entries.isNone(low, high, level.index)
    const put = isFree ? putEntries(job, place, { words, index, at, end: part.end }) : 0
    if (put > 0) {
      next = at + put
      continue
    }
    if (!isFree && entries.isLeaf(low, high, level.index)) {
      const leaf = leafSpan(level, { low, high }, at)
      next = Math.min(leaf.offset + leaf.sizeBytes, part.end)
      keepLeaf(job, {
        level,
        at,
        address: entries.address(low, high, level.index) + (at - entryStart),
      })
      continue
    }
    const child = isFree
      ? addTable(job, { words, index, place, at })
      : childPlace(tables, place, { low, high, offset: at })
    fillTable(job, child, { region, start: at, end: next })
  }
}

function keepLeaf(
  job: MapJob,
  leaf: { readonly level: LevelShape; readonly at: number; readonly address: number },
): void {
  const { backing, offset } = job.request
  invariant(
    backing.kind !== 'linear' || leaf.address === backing.address + (leaf.at - offset),
    `Offset ${formatHex(leaf.at)} is mapped elsewhere.`,
  )
  job.tally.keptLeaves += 1
}
