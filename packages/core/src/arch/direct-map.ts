import { type NodeId, nodeId, physAddr } from '../address/brand'
import type { PhysRange } from '../address/range'
import { kernelTables } from '../mapping/kernel-tables'
import { mapInto } from '../mapping/map-range'
import { NO_CHANGE } from '../mapping/mapping-change'
import { PAGE_TABLES } from '../mapping/page-table-slot'
import { directRange } from '../mapping/region-range'
import { unmapFrom } from '../mapping/unmap-range'
import type { DirectMapping, RadixDirectMap } from '../model/kernel-mapping'
import type { Machine } from '../model/machine'
import type { RegionChange } from '../model/mapping-change'
import { highmemStart } from '../zone/zone-table'

/**
 * Maps a range one to one, as far as the direct map covers it.
 * @throws HotplugError OUT_OF_MEMORY, MAPPING_FAILED; nothing has changed then
 */
export function mapDirect(machine: Machine, direct: DirectMapping, range: PhysRange): RegionChange {
  const covered = coveredPart(machine, range)
  if (covered === undefined) return NO_CHANGE
  if (direct.kind === 'hash') return direct.map(machine, covered)
  if (direct.kind !== 'radix' || direct.fixedAtBoot !== undefined) return NO_CHANGE
  const leaves = addedLeaves(machine, direct)
  machine.generation.code?.tellMapping(machine, direct, { range: covered, leaves })
  return mapInto(kernelTables(machine), {
    ...directRange(machine, covered),
    leafSizes: leaves,
    backing: { kind: 'linear', address: covered.start },
    nodeId: workingNode(machine),
  })
}

/** Takes the mapping of a range away. Never refuses: `left` tells what stays. */
export function unmapDirect(
  machine: Machine,
  direct: DirectMapping,
  range: PhysRange,
): RegionChange {
  const covered = coveredPart(machine, range)
  if (covered === undefined) return NO_CHANGE
  if (direct.kind === 'hash') return direct.unmap(machine, covered)
  if (direct.kind !== 'radix') return NO_CHANGE
  const { fixedAtBoot } = direct
  if (fixedAtBoot !== undefined) return { ...NO_CHANGE, left: fixedAtBoot.left(machine, covered) }
  const { permanentBelow, partialLeaf = 'split' } = direct
  const { splitLeaf } = machine.generation.rules.mended
  const tables = kernelTables(machine)
  const change = unmapFrom(tables, {
    ...directRange(machine, covered),
    frames: 'keep',
    partialLeaf,
    emptyTables: machine.generation.rules.mapping.emptyTables,
    nodeId: workingNode(machine),
    splitLeaf,
    ...(permanentBelow === undefined ? {} : { permanentBelow }),
  })
  machine.generation.code?.wrapBasePages(machine, change)
  return change
}

/** The part of a range below HighMem; undefined where there is none. */
function coveredPart(machine: Machine, { start, end }: PhysRange): PhysRange | undefined {
  const limit = highmemStart(machine.arch.geometry)
  if (end <= limit) return { start, end }
  return start < limit ? { start, end: physAddr(limit) } : undefined
}

const addedLeaves = (machine: Machine, { leaves, largestAddedLeaf }: RadixDirectMap) =>
  largestAddedLeaf === 'block'
    ? leaves.filter((bytes) => bytes <= machine.geometry.blockBytes)
    : leaves

/** Where the kernel works: tables of the direct map come from the node of the processor, the lowest one here. */
function workingNode(machine: Machine): NodeId {
  const nodes = machine.description.nodes.filter((node) => node.cpus.length > 0)
  const [first] = nodes.toSorted((a, b) => Math.min(...a.cpus) - Math.min(...b.cpus))
  return nodeId(first?.id ?? machine.description.nodes[0]?.id ?? 0)
}

/** Lines of /proc/meminfo that tell by which leaves the direct map is made. Source: arch_report_meminfo, 6.1. */
export function directMapLines(machine: Machine, direct: DirectMapping): readonly string[] {
  const bytesOf = countedBytes(machine, direct)
  if (bytesOf === undefined || !('counters' in direct)) return []
  return (direct.counters ?? []).map(({ sizeBytes, counter }) => {
    const kilobytes = (bytesOf.get(sizeBytes) ?? 0) / 1024
    return `${counter}:    ${String(kilobytes).padStart(8)} kB`
  })
}

/** Bytes of the direct map by leaf size; undefined where the kernel counts none. */
function countedBytes(
  machine: Machine,
  direct: DirectMapping,
): ReadonlyMap<number, number> | undefined {
  if (direct.kind === 'radix') return PAGE_TABLES.of(machine).directMapBytes
  const { hashDirectMap } = machine.generation.rules.procfs
  if (direct.kind !== 'hash' || hashDirectMap === 'uncounted') return undefined
  const { bytes, pageBytes } = direct.mapped(machine)
  return new Map([[pageBytes, bytes]])
}
