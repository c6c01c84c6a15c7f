import { type NodeId, type SectionNr, sectionNr } from '../address/brand'
import type { PhysRange } from '../address/range'
import { isHotplugError } from '../errors/hotplug-error'
import { logLine, recordMapping } from '../machine/journal'
import { NO_CHANGE, sumOfChanges } from '../mapping/mapping-change'
import { sectionsDescribed } from '../mapping/region-range'
import type { ArchAddRequest, ArchRemoveRequest } from '../model/arch'
import type { Machine } from '../model/machine'
import type { LeftLeaf, MappingChange, RegionChange } from '../model/mapping-change'
import type { MemmapOfSections } from '../model/memmap-model'
import { addSection, isSectionPresent, removeSection } from '../section/section-table'
import type { ArchParts } from './arch-parts'
import { mapDirect, unmapDirect } from './direct-map'
import { memmapOf } from './memmap'

/**
 * arch_add_memory: the direct map of the range, then section by section its memmap.
 * @throws HotplugError OUT_OF_MEMORY (ENOMEM), SECTION_EXISTS (EEXIST), or what `directMapFailure` says; everything
 *   is taken back then but `failedAddLeaves`
 * Source: arch_add_memory of x86, powerpc, arm64, s390 and ia64, and __add_pages, mm/memory_hotplug.c 6.1; spec 2.5.
 */
export function addMemory(
  parts: ArchParts,
  machine: Machine,
  request: ArchAddRequest,
): MappingChange {
  const direct = makeDirectMap(parts, machine, request.range)
  const memmap = memmapOf(machine, parts, selfHosted(request))
  const done: SectionNr[] = []
  const changes: RegionChange[] = []
  try {
    for (const nr of sectionsOf(machine, request.range)) {
      changes.push(addOneSection(machine, memmap, { nr, request }))
      done.push(nr)
    }
  } catch (error) {
    const came = { direct, memmap: sumOfChanges(changes) }
    const went = takeBack(parts, machine, { request, memmap, done })
    const { range } = request
    recordMapping(machine, { operation: 'add', range, change: came })
    recordMapping(machine, { operation: 'remove', range, change: went })
    throw error
  }
  return { direct, memmap: sumOfChanges(changes) }
}

function makeDirectMap(parts: ArchParts, machine: Machine, range: PhysRange): RegionChange {
  try {
    return mapDirect(machine, parts.mapping.direct, range)
  } catch (cause) {
    if (!isHotplugError(cause)) throw cause
    throw parts.directMapFailure?.(machine, { range, cause }) ?? cause
  }
}

function addOneSection(
  machine: Machine,
  memmap: MemmapOfSections,
  { nr, request }: { readonly nr: SectionNr; readonly request: ArchAddRequest },
): RegionChange {
  const section = { nr, nodeId: request.nodeId }
  addSection(machine, section)
  try {
    return memmap.populate(section)
  } catch (error) {
    removeSection(machine, nr)
    throw error
  }
}

/** What the kernel undoes of a failed add: on some architectures nothing, on others the direct map. */
function takeBack(
  parts: ArchParts,
  machine: Machine,
  what: {
    readonly request: ArchAddRequest
    readonly memmap: MemmapOfSections
    readonly done: readonly SectionNr[]
  },
): MappingChange {
  const { request, memmap, done } = what
  const { failedAddLeaves = [] } = parts
  const sections = failedAddLeaves.includes('earlier sections') ? [] : done.toReversed()
  const gone = removeSections(machine, memmap, { sections, nodeId: request.nodeId })
  const direct = failedAddLeaves.includes('direct map')
    ? NO_CHANGE
    : unmapDirect(machine, parts.mapping.direct, request.range)
  return { direct, memmap: gone }
}

/** Removes sections, neighbours one after the other, with their struct pages. */
function removeSections(
  machine: Machine,
  memmap: MemmapOfSections,
  what: { readonly sections: readonly SectionNr[]; readonly nodeId: NodeId },
): RegionChange {
  const changes: RegionChange[] = []
  const left: LeftLeaf[] = []
  for (const nr of what.sections) {
    const change = memmap.free({ nr, nodeId: what.nodeId })
    removeSection(machine, nr)
    changes.push(change)
    // A leaf that neighbours share is left, or not, by the last of them.
    while (left.length > 0 && holdsStructPages(machine, left.at(-1), nr)) left.pop()
    left.push(...change.left)
  }
  return { ...sumOfChanges(changes), left }
}

/** Whether a leaf of the vmemmap holds struct pages of a section. */
function holdsStructPages(machine: Machine, leaf: LeftLeaf | undefined, nr: SectionNr): boolean {
  if (leaf === undefined) return false
  const { offset: start, leafBytes, count } = leaf
  const described = sectionsDescribed(machine, { start, end: start + count * leafBytes })
  return described.start <= nr && nr < described.end
}

/**
 * arch_remove_memory: the sections with their memmap, then the direct map, or one of the two. A leaf of the direct map that reaches beyond the
 * range is split, unless the arch keeps it. (The kernel's callers remove what they added, so that most never meet one.)
 * Source: arch_remove_memory and __remove_pages, 6.1; spec 5.3, 5.4.
 */
export function removeMemory(
  parts: ArchParts,
  machine: Machine,
  request: ArchRemoveRequest,
): MappingChange {
  const memmap = request.only === 'direct map' ? NO_CHANGE : removePresent(parts, machine, request)
  const direct =
    request.only === 'sections'
      ? NO_CHANGE
      : unmapDirect(machine, parts.mapping.direct, request.range)
  return { direct, memmap }
}

function removePresent(
  parts: ArchParts,
  machine: Machine,
  request: ArchRemoveRequest,
): RegionChange {
  const memmap = memmapOf(machine, parts, selfHosted(request))
  const sections: SectionNr[] = []
  for (const nr of sectionsOf(machine, request.range)) {
    if (isSectionPresent(machine, nr)) sections.push(nr)
    else logLine(machine, 'warn', `section ${nr} has no memmap to remove`)
  }
  return removeSections(machine, memmap, { sections, nodeId: request.nodeId })
}

const selfHosted = ({ range, selfHostedMemmap }: ArchAddRequest): PhysRange | undefined =>
  selfHostedMemmap ? range : undefined

/** One by one: memory for their struct pages may end at the first of millions. */
function* sectionsOf(machine: Machine, range: PhysRange): Generator<SectionNr> {
  const { sectionBytes } = machine.geometry
  const end = Math.ceil(range.end / sectionBytes)
  for (let nr = Math.floor(range.start / sectionBytes); nr < end; nr++) yield sectionNr(nr)
}
