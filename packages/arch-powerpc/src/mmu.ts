import type { Machine, NodeId, PhysRange, SectionNr } from '@memhp/core'
import type { MappingEntry } from '@memhp/core/plugin'

/** A section whose struct pages come or go, and the node that pages are taken from. */
export interface SectionMemmap {
  readonly nr: SectionNr
  readonly nodeId: NodeId
}

/** What the two ways of translating have in common: how the kernel keeps its own mappings. */
export interface Mmu {
  /** Maps boot memory and its memmap. Costs as many steps as there are ranges of boot memory. */
  boot(machine: Machine): void
  /**
   * Maps a range one to one.
   * @throws HotplugError OUT_OF_MEMORY, MAPPING_FAILED, after undoing what this call did
   */
  mapLinear(machine: Machine, range: PhysRange): void
  /** Takes the mapping of a range away. */
  unmapLinear(machine: Machine, range: PhysRange): void
  /** Maps the struct pages of a section. @throws HotplugError OUT_OF_MEMORY (ENOMEM), after undoing it */
  populateMemmap(machine: Machine, section: SectionMemmap): void
  /** Takes the struct pages of a section away, and the pages that hold those of no other section. */
  freeMemmap(machine: Machine, section: SectionMemmap): void
  /** The entries of a range and its struct pages, where there are no page tables. */
  entries?(machine: Machine, range: PhysRange): readonly MappingEntry[]
  /** Lines for /proc/meminfo. */
  meminfo(machine: Machine): readonly string[]
  /** @throws InvariantViolation */
  check(machine: Machine): void
}
