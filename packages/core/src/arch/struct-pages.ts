import { physAddr, type SectionNr } from '../address/brand'
import { kernelTables } from '../mapping/kernel-tables'
import { findLeaf } from '../mapping/table-walk'
import { memmapPart } from '../mapping/vmemmap-slot'
import type { Machine } from '../model/machine'
import { findSection, sectionPages } from '../section/section-table'
import { SECTION_MEMMAPS } from './section-memmap'

/** Whether the kernel has struct pages for a section, present or not. @alpha */
export function hasStructPages(machine: Machine, nr: SectionNr): boolean {
  const { memmap, mapping } = machine.arch
  if (memmap.kind === 'flat') return true
  if (memmap.kind === 'perSection')
    return findSection(machine, nr)?.early === true || SECTION_MEMMAPS.of(machine).has(nr)
  return mapping.vmemmap.kind === 'hash' ? isHashed(machine, nr) : isInTables(machine, nr)
}

/** By the first of them and the last. */
function isInTables(machine: Machine, nr: SectionNr): boolean {
  const tables = kernelTables(machine)
  const { region, start, end } = memmapPart(tables, sectionPages(machine, nr))
  return [start, end - 1].every((offset) => findLeaf(tables, region, offset) !== undefined)
}

function isHashed(machine: Machine, nr: SectionNr): boolean {
  const { arch, geometry } = machine
  const { sectionBytes } = geometry
  const range = { start: physAddr(nr * sectionBytes), end: physAddr((nr + 1) * sectionBytes) }
  const entries = arch.entries?.(machine, range) ?? []
  return entries.some(({ region }) => region === 'vmemmap')
}
