import type { PfnRange } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import { unmarkPoisoned } from '../page-use/poisoned-pages'
import { isSectionPresent, sectionOfPfn } from '../section/section-table'

/** A removal may have taken a section while the block was still to be seen. Source: pfns_present; series of 2012, patch 05. */
export function refuseAbsent(machine: Machine, whole: PfnRange): void {
  const { pagesPerSection } = machine.geometry
  for (let at: number = whole.start; at < whole.end; at += pagesPerSection) {
    const nr = sectionOfPfn(machine, at)
    if (isSectionPresent(machine, nr)) continue
    throw new HotplugError('SECTION_ABSENT', 'EINVAL', `Section ${nr} is not present.`, {
      detail: { section: nr },
    })
  }
}

/** Takes the mark of poison off the pages of offline sections. Source: series of 2012, patch 20. */
export function clearPoison(machine: Machine, range: PfnRange): void {
  const { poisonCount } = machine.generation.rules.mended
  const count = unmarkPoisoned(machine, range)
  if (poisonCount === 'kept') machine.state.memory.curedPages += count
}
