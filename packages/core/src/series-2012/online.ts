import type { PfnRange } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import type { Machine } from '../model/machine'
import { unmarkPoisoned } from '../page-use/poisoned-pages'
import { absentSectionOf } from './absent-section'

/** A removal may have taken a section while the block was still to be seen. Source: pfns_present; series of 2012, patch 05. */
export function refuseAbsent(machine: Machine, whole: PfnRange): void {
  const nr = absentSectionOf(machine, whole)
  if (nr === undefined) return
  throw new HotplugError('SECTION_ABSENT', 'EINVAL', `Section ${nr} is not present.`, {
    detail: { section: nr },
  })
}

/** Takes the mark of poison off the pages of offline sections. Source: series of 2012, patch 20. */
export function clearPoison(machine: Machine, range: PfnRange): void {
  const { poisonCount } = machine.generation.rules.mended
  const count = unmarkPoisoned(machine, range)
  if (poisonCount === 'kept') machine.state.memory.curedPages += count
}
