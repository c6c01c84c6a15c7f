import { sectionNr } from '../address/brand'
import type { Arch, ArchAnswer } from '../model/arch'
import { findSection } from '../section/section-table'

/** Why memory is not taken in, or not given back. @beta */
export type ArchRefusal = Exclude<ArchAnswer, { kind: 'allowed' }>

/** For `canRemove`: no memory is given back. Source: arch_remove_memory of s390, 2012. @beta */
export const keepAllMemory =
  (refusal: ArchRefusal): Arch['canRemove'] =>
  () =>
    refusal

/** For `canRemove`: memory that was there at boot is not given back. Source: arch/arm64/mm/mmu.c 6.1. @beta */
export const keepBootMemory =
  (refusal: ArchRefusal): Arch['canRemove'] =>
  (machine, { start, end }) => {
    const { sectionBytes } = machine.geometry
    for (let nr = Math.floor(start / sectionBytes); nr * sectionBytes < end; nr++) {
      if (findSection(machine, sectionNr(nr))?.early === true) return refusal
    }
    return { kind: 'allowed' }
  }
