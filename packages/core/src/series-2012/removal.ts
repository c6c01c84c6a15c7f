import { pfn, physAddr, sectionNr } from '../address/brand'
import type { PhysRange } from '../address/range'
import type { Machine } from '../model/machine'
import type { RemovedRange } from '../model/removed-range'
import type { Removing, StepTable } from '../model/steps'
import { isSectionPresent } from '../section/section-table'
import { absentSectionOf } from './absent-section'

/** Section by section, ascending. A block goes with the last of its sections. */
export function sectionParts(machine: Machine, removing: Removing): readonly Removing[] {
  if (machine.generation.rules.remove.unit === 'range') return [removing]
  const { sectionBytes, blockBytes } = machine.geometry
  const parts: Removing[] = []
  for (
    let start: number = removing.range.start;
    start < removing.range.end;
    start += sectionBytes
  ) {
    if (!isSectionPresent(machine, sectionNr(start / sectionBytes))) continue
    const range = { start: physAddr(start), end: physAddr(start + sectionBytes) }
    const blocks = removing.blocks.filter(({ id }) => (id + 1) * blockBytes === range.end)
    parts.push({ ...removing, range, blocks })
  }
  return parts
}

/** The range ends before its first absent section, if it has one. */
export function endAtAbsent(machine: Machine, removing: RemovedRange): void {
  const { sectionBytes, blockBytes, pageBytes } = machine.geometry
  const { start, end } = removing.range
  const nr = absentSectionOf(machine, { start: pfn(start / pageBytes), end: pfn(end / pageBytes) })
  if (nr === undefined) return
  const stop = physAddr(nr * sectionBytes)
  removing.endedAt = nr
  removing.range = { start, end: stop }
  removing.blocks = removing.blocks.filter(({ id }) => (id + 1) * blockBytes <= stop)
}

/** What happens where the architecture's refusal is taken for success: nothing after its turn. */
export function leftBehind(
  machine: Machine,
  range: PhysRange,
  { mayRefuse, certain }: StepTable<Removing>,
): StepTable<Removing> | undefined {
  const isLeft =
    machine.generation.rules.mended.archRefusal === 'ignored' &&
    machine.arch.canRemove(machine, range).kind !== 'allowed'
  if (!isLeft) return undefined
  const isCalled = (entry: (typeof certain)[number], name: string) =>
    'name' in entry && entry.name === name
  return {
    mayRefuse: mayRefuse.filter((entry) => !isCalled(entry, 'arch')),
    certain: certain.filter((entry) => isCalled(entry, 'firmware map')),
  }
}
