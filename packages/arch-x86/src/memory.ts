import {
  GIB,
  type Machine,
  type NodeId,
  nodeId,
  type PfnRange,
  pfn,
  type SectionNr,
  sectionNr,
} from '@memhp/core'
import {
  type ArchAddRequest,
  addSection,
  freeVmemmap,
  isSectionPresent,
  logLine,
  mapRange,
  populateVmemmap,
  removeSection,
  unmapRange,
} from '@memhp/core/plugin'

/**
 * What a failed add leaves behind on x86-64, as the kernel does: it warns, and neither unmaps the range nor removes
 * the sections that it had added before the one that failed. A later add of the range finds them (EEXIST).
 * Source: add_pages and __add_pages, 6.1; spec 2.5.
 */
export const FAILED_ADD_LEAVES: readonly ['direct map', 'earlier sections'] = [
  'direct map',
  'earlier sections',
]

/**
 * Base pages below this physical address stay in the direct map: the kernel's first steps mapped them.
 * Source: remove_pte_table, arch/x86/mm/init_64.c 6.1; spec 5.4.
 */
const PERMANENT_BELOW = GIB

/**
 * arch_add_memory: the direct map of the range, then section by section its memmap.
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM), SECTION_EXISTS (EEXIST); `FAILED_ADD_LEAVES` says what is left then
 * Source: arch/x86/mm/init_64.c 6.1; spec 2.5.
 */
export function addMemory(machine: Machine, request: ArchAddRequest): void {
  const { range } = request
  mapRange(machine, {
    region: 'direct',
    offset: range.start,
    sizeBytes: range.end - range.start,
    leafSizes: directLeafSizes(machine),
    backing: { kind: 'linear', address: range.start },
    nodeId: workingNode(machine),
  })
  for (const nr of sectionsOf(machine, request)) addOneSection(machine, nr, request)
}

function addOneSection(machine: Machine, nr: SectionNr, request: ArchAddRequest): void {
  const { nodeId: node, range, selfHostedMemmap } = request
  addSection(machine, { nr, nodeId: node })
  try {
    populateVmemmap(machine, {
      pages: pagesOf(machine, nr),
      nodeId: node,
      neverUsed: machine.generation.rules.mapping.neverUsed,
      ...(selfHostedMemmap ? { selfHosted: range } : {}),
    })
  } catch (error) {
    removeSection(machine, nr)
    throw error
  }
}

/**
 * arch_remove_memory: the sections with their memmap, then the direct map. A 1 GiB leaf that reaches beyond the range is
 * split. (The kernel's callers remove what they added, so that it never meets one; it has no code for it.)
 * Source: arch/x86/mm/init_64.c 6.1; spec 5.3, 5.4.
 */
export function removeMemory(machine: Machine, request: ArchAddRequest): void {
  for (const nr of sectionsOf(machine, request)) removeOneSection(machine, nr, request)
  const { range } = request
  const { left } = unmapRange(machine, {
    region: 'direct',
    offset: range.start,
    sizeBytes: range.end - range.start,
    frames: 'keep',
    partialLeaf: 'split',
    emptyTables: machine.generation.rules.mapping.emptyTables,
    nodeId: workingNode(machine),
    permanentBelow: PERMANENT_BELOW,
  })
  for (const leaf of left) {
    const address = `0x${leaf.offset.toString(16)}`
    logLine(machine, 'debug', `direct map: the leaf at ${address} stays (${leaf.reason})`)
  }
}

function removeOneSection(machine: Machine, nr: SectionNr, request: ArchAddRequest): void {
  const { nodeId: node, range, selfHostedMemmap } = request
  if (!isSectionPresent(machine, nr)) {
    logLine(machine, 'warn', `section ${nr} has no memmap to remove`)
    return
  }
  freeVmemmap(machine, {
    pages: pagesOf(machine, nr),
    nodeId: node,
    emptyTables: machine.generation.rules.mapping.emptyTables,
    ...(selfHostedMemmap ? { selfHosted: range } : {}),
  })
  removeSection(machine, nr)
}

const directLeafSizes = (machine: Machine): readonly number[] =>
  machine.arch.geometry.pageTables?.directLeaves.map((leaf) => leaf.sizeBytes) ?? []

function sectionsOf(machine: Machine, request: ArchAddRequest): readonly SectionNr[] {
  const { sectionBytes } = machine.geometry
  const { start, end } = request.range
  const first = Math.floor(start / sectionBytes)
  const count = Math.ceil(end / sectionBytes) - first
  return Array.from({ length: count }, (_, i) => sectionNr(first + i))
}

function pagesOf(machine: Machine, nr: SectionNr): PfnRange {
  const { pagesPerSection } = machine.geometry
  return { start: pfn(nr * pagesPerSection), end: pfn((nr + 1) * pagesPerSection) }
}

/** Where the kernel works: tables of the direct map come from the node of the processor, the lowest one here. */
function workingNode(machine: Machine): NodeId {
  const nodes = machine.description.nodes.filter((node) => node.cpus.length > 0)
  const [first] = nodes.toSorted((a, b) => Math.min(...a.cpus) - Math.min(...b.cpus))
  return nodeId(first?.id ?? machine.description.nodes[0]?.id ?? 0)
}
