import { type Machine, type NodeId, nodeId, type PhysRange, rangeSize } from '@memhp/core'
import {
  checkMapping,
  freeVmemmap,
  logLine,
  mapBootMemory,
  mapRange,
  populateVmemmap,
  sectionPages,
  unmapRange,
} from '@memhp/core/plugin'
import { DIRECT_MAP_COUNTERS } from '../geometry'
import type { Mmu } from '../mmu'

/**
 * Radix page tables, walked by core. Where the kernel keeps a list of the pages of the vmemmap and frees one when
 * no section that it describes is valid, core keeps the bytes of each leaf that no section uses and frees a leaf
 * that consists of nothing else: the same leaves at the same times, as `check` verifies.
 * Source: arch/powerpc/mm/book3s64/radix_pgtable.c, arch/powerpc/mm/init_64.c 6.1; spec 2.5, 5.3, 5.4.
 */
export const RADIX: Mmu = {
  boot: (machine) => mapBootMemory(machine, { neverUsed: 'marked' }),
  mapLinear,
  unmapLinear,
  populateMemmap: (machine, { nr, nodeId: node }) =>
    populateVmemmap(machine, {
      pages: sectionPages(machine, nr),
      nodeId: node,
      neverUsed: 'marked',
    }),
  freeMemmap: (machine, { nr, nodeId: node }) =>
    void freeVmemmap(machine, {
      pages: sectionPages(machine, nr),
      nodeId: node,
      emptyTables: 'free',
    }),
  meminfo,
  check: (machine) => checkMapping(machine, { emptyTables: 'free', vmemmap: 'exact' }),
}

function mapLinear(machine: Machine, range: PhysRange): void {
  const leaves = machine.arch.geometry.pageTables?.directLeaves ?? []
  const { blockBytes } = machine.geometry
  mapRange(machine, {
    region: 'direct',
    offset: range.start,
    sizeBytes: rangeSize(range),
    leafSizes: leaves.map((leaf) => leaf.sizeBytes).filter((bytes) => bytes <= blockBytes),
    backing: { kind: 'linear', address: range.start },
    nodeId: workingNode(machine),
  })
}

function unmapLinear(machine: Machine, range: PhysRange): void {
  const { left } = unmapRange(machine, {
    region: 'direct',
    offset: range.start,
    sizeBytes: rangeSize(range),
    frames: 'keep',
    partialLeaf: 'split',
    emptyTables: 'free',
    nodeId: workingNode(machine),
  })
  for (const leaf of left) {
    const address = `0x${leaf.offset.toString(16)}`
    logLine(machine, 'warn', `linear mapping: the leaf at ${address} stays (${leaf.reason})`)
  }
}

/**
 * How the linear mapping is mapped, all four sizes, smallest first.
 * Source: arch_report_meminfo, arch/powerpc/mm/book3s64/pgtable.c 6.1.
 */
function meminfo(machine: Machine): readonly string[] {
  const { directMapBytes } = machine.state.memory.mapping
  return DIRECT_MAP_COUNTERS.map(({ sizeBytes, counter }) => {
    const kilobytes = (directMapBytes.get(sizeBytes) ?? 0) / 1024
    return `${counter}:    ${String(kilobytes).padStart(8)} kB`
  })
}

/** Where the kernel works: tables come from the node of the processor, the lowest one here. */
function workingNode(machine: Machine): NodeId {
  const nodes = machine.description.nodes.filter((node) => node.cpus.length > 0)
  const [first] = nodes.toSorted((a, b) => Math.min(...a.cpus) - Math.min(...b.cpus))
  return nodeId(first?.id ?? machine.description.nodes[0]?.id ?? 0)
}
