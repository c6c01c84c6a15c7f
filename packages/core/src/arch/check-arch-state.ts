import type { SectionNr } from '../address/brand'
import { checkMapping } from '../mapping/mapping-check'
import { PAGE_TABLES } from '../mapping/page-table-slot'
import type { Machine } from '../model/machine'
import { checkSectionMemmaps, SECTION_MEMMAPS } from './section-memmap'

/**
 * Checks what the architecture keeps against the machine: the page tables and memmaps that it leaves to core, and the rest by
 * its own check.
 * @param mapped sections whose mappings are looked at, and no others; all where it is left out
 * @throws InvariantViolation
 * @alpha
 */
export function checkArchState(machine: Machine, mapped?: ReadonlySet<SectionNr>): void {
  const { slots = [] } = machine.arch
  if (slots.includes(PAGE_TABLES)) checkMapping(machine, mapped)
  if (slots.includes(SECTION_MEMMAPS)) checkSectionMemmaps(machine)
  machine.arch.check?.(machine, mapped)
}
