import { formatHex } from '@memhp/kernel-files'
import type { PfnRange } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { say } from '../machine/say'
import type { Machine } from '../model/machine'
import type { Obstacle } from '../model/obstacle'
import { MIGRATE_TYPE } from '../model/page'
import type { Section } from '../model/section'
import type { Zone } from '../model/zone'
import { isMaterialised, sectionBase } from '../section-pages/columns'
import { materialise } from '../section-pages/materialise'
import { setPageblockTypes } from '../section-pages/pageblock'
import { isWholeSection, type UsableSlice, writableSlices } from '../section-pages/section-range'
import { removeUntouchedRun } from '../section-pages/untouched-runs'
import { firstObstacle } from './obstacle'

/**
 * Puts all pageblocks of a range under isolation, or none: nothing is allocated from them any more, and what is
 * freed in them stays there. A section that is wholly free takes a fixed number of steps.
 * @param what whole pageblocks of online sections; a self-hosted memmap in the range is left out
 * @throws HotplugError ALREADY_ISOLATED, UNMOVABLE_PAGE (EBUSY) with `pfn`, `kind`, `pageblock` and `zone` of the
 *   first obstacle in the kernel's order: first pageblock, last one, a gigantic page beyond it, the others ascending
 * Source: start_isolate_page_range, mm/page_isolation.c 6.1; spec 4.3. The kernel isolates one pageblock after the
 *   other and takes it back at the first obstacle, which leaves those of another type MOVABLE; here they keep theirs.
 */
export function isolateRange(
  machine: Machine,
  what: { readonly zone: Zone; readonly range: PfnRange },
): void {
  const obstacle = firstObstacle(machine, what.range)
  if (obstacle !== undefined) throw refusal(machine, obstacle)
  for (const part of writableSlices(machine, what.range)) isolatePart(machine, what.zone, part)
}

function refusal(machine: Machine, obstacle: Obstacle): HotplugError {
  const { reason, ...detail } = obstacle
  const hex = formatHex(obstacle.pfn)
  if (reason === 'isolated') {
    const text = `The pageblock of page ${hex} is isolated already.`
    return new HotplugError('ALREADY_ISOLATED', 'EBUSY', text, { detail })
  }
  if (reason === 'straddling') {
    const text = `The gigantic page at ${hex} does not end with the range.`
    return new HotplugError('UNMOVABLE_PAGE', 'EBUSY', text, { detail })
  }
  say(machine, 'unmovablePage', { pfn: obstacle.pfn, kind: obstacle.kind })
  const text = `Page ${hex} (${obstacle.kind}) can neither move nor go.`
  return new HotplugError('UNMOVABLE_PAGE', 'EBUSY', text, { detail })
}

function isolatePart(machine: Machine, zone: Zone, part: UsableSlice<Section>): void {
  const { section, start, end } = part
  if (start >= end) return
  invariant(section.online, `Section ${section.nr} is offline.`)
  if (!isMaterialised(section) && section.summary === 'free' && isWholeSection(machine, part)) {
    const base = sectionBase(machine, section)
    removeUntouchedRun(zone, { start: base + start, end: base + end })
    section.summary = 'isolated'
    zone.isolatedPageblocks += (end - start) / machine.geometry.pageblockPages
    return
  }
  zone.isolatedPageblocks += setPageblockTypes(machine, {
    section: materialise(machine, section.nr),
    range: { start, end },
    type: MIGRATE_TYPE.isolate,
  })
}
