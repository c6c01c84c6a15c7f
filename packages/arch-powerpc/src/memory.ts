import {
  ERRNO,
  HotplugError,
  isHotplugError,
  type Machine,
  type PhysRange,
  type SectionNr,
  sectionNr,
} from '@memhp/core'
import {
  type ArchAddRequest,
  addSection,
  isSectionPresent,
  logLine,
  removeSection,
} from '@memhp/core/plugin'
import type { Mmu } from './mmu'

/**
 * What a failed add leaves behind on powerpc, as the kernel does: the linear mapping is taken back, the sections
 * before the one that failed are not. A later add of the range finds them (EEXIST).
 * Source: arch_add_memory, arch/powerpc/mm/mem.c 6.1, and __add_pages; spec 2.5.
 */
export const FAILED_ADD_LEAVES: readonly ['earlier sections'] = ['earlier sections']

/**
 * arch_add_memory: the linear mapping of the range, then section by section its memmap.
 * @throws HotplugError MAPPING_FAILED (EFAULT), nothing has changed then; OUT_OF_MEMORY (ENOMEM), SECTION_EXISTS
 *   (EEXIST); `FAILED_ADD_LEAVES` says what is left then
 * Source: arch/powerpc/mm/mem.c 6.1; spec 2.5.
 */
export function addMemory(mmu: Mmu, machine: Machine, request: ArchAddRequest): void {
  createLinearMapping(mmu, machine, request.range)
  try {
    for (const nr of sectionsOf(machine, request.range))
      addOneSection(mmu, machine, { nr, request })
  } catch (error) {
    mmu.unmapLinear(machine, request.range)
    throw error
  }
}

function createLinearMapping(mmu: Mmu, machine: Machine, range: PhysRange): void {
  try {
    mmu.mapLinear(machine, range)
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const hex = (value: number): string => `0x${value.toString(16)}`
    const result = error.code === 'MAPPING_FAILED' ? -1 : -ERRNO[error.errno]
    const text = `Unable to create linear mapping for ${hex(range.start)}..${hex(range.end)}: ${result}`
    logLine(machine, 'warn', text)
    throw new HotplugError('MAPPING_FAILED', 'EFAULT', text, { detail: { ...range }, cause: error })
  }
}

function addOneSection(
  mmu: Mmu,
  machine: Machine,
  added: { readonly nr: SectionNr; readonly request: ArchAddRequest },
): void {
  const section = { nr: added.nr, nodeId: added.request.nodeId }
  addSection(machine, section)
  try {
    mmu.populateMemmap(machine, section)
  } catch (error) {
    removeSection(machine, section.nr)
    throw error
  }
}

/**
 * arch_remove_memory: the sections with their memmap, then the linear mapping.
 * Source: arch/powerpc/mm/mem.c 6.1; spec 5.3.
 */
export function removeMemory(mmu: Mmu, machine: Machine, request: ArchAddRequest): void {
  for (const nr of sectionsOf(machine, request.range)) {
    if (!isSectionPresent(machine, nr)) {
      logLine(machine, 'warn', `section ${nr} has no memmap to remove`)
      continue
    }
    mmu.freeMemmap(machine, { nr, nodeId: request.nodeId })
    removeSection(machine, nr)
  }
  mmu.unmapLinear(machine, request.range)
}

function sectionsOf(machine: Machine, range: PhysRange): readonly SectionNr[] {
  const { sectionBytes } = machine.geometry
  const first = Math.floor(range.start / sectionBytes)
  const count = Math.ceil(range.end / sectionBytes) - first
  return Array.from({ length: count }, (_, i) => sectionNr(first + i))
}
