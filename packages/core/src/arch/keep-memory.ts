import { sectionNr } from '../address/brand'
import type { Range } from '../address/range'
import type { Arch, ArchAnswer } from '../model/arch'
import type { Machine } from '../model/machine'
import { findSection } from '../section/section-table'

/** Why memory is not taken in, or not given back. @beta */
export type ArchRefusal = Exclude<ArchAnswer, { kind: 'allowed' }>

/** For `canRemove`: no memory is given back. Source: arch_remove_memory of s390, 2012. @beta */
export const keepAllMemory =
  (refusal: ArchRefusal): Arch['canRemove'] =>
  () =>
    refusal

/** Whether some of a range was there at boot. Source: early_section, include/linux/mmzone.h 6.1. @beta */
export function holdsBootMemory(machine: Machine, { start, end }: Range): boolean {
  const { sectionBytes } = machine.geometry
  for (let nr = Math.floor(start / sectionBytes); nr * sectionBytes < end; nr++)
    if (findSection(machine, sectionNr(nr))?.early === true) return true
  return false
}

/** For `canRemove`: memory that was there at boot is not given back. @beta */
export const keepBootMemory =
  (refusal: ArchRefusal): Arch['canRemove'] =>
  (machine, range) =>
    holdsBootMemory(machine, range) ? refusal : { kind: 'allowed' }
