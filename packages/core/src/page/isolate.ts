import type { PfnRange } from '../address/range'
import { HotplugError } from '../errors/hotplug-error'
import { invariant } from '../errors/invariant'
import { logLine } from '../machine/journal'
import type { Machine } from '../machine/machine'
import type { Section } from '../section/section'
import type { Zone } from '../zone/zone'
import { isOpen, sectionBase } from './columns'
import { openSection } from './layout'
import { firstObstacle, type Obstacle } from './obstacle'
import { MIGRATE_TYPE } from './page'
import { setPageblockTypes } from './pageblock'
import { removePristine } from './pristine'
import { isWhole, type TouchedPart, touchedParts } from './section-range'

/**
 * Puts all pageblocks of a range under isolation, or none: nothing is allocated from them any more, and what is
 * freed in them stays there. A section that is wholly free takes a fixed number of steps.
 * @param what whole pageblocks of online sections; a self-hosted memmap in the range is left out
 * @throws HotplugError ALREADY_ISOLATED, UNMOVABLE_PAGE (EBUSY) with `pfn`, `kind`, `pageblock` and `zone` of the
 *   first obstacle in the kernel's order: first pageblock, last one, the others ascending
 * Source: start_isolate_page_range, mm/page_isolation.c 6.1; spec 4.3. The kernel isolates one pageblock after the
 *   other and takes it back at the first obstacle, which leaves those of another type MOVABLE; here they keep theirs.
 */
export function isolateRange(
  machine: Machine,
  what: { readonly zone: Zone; readonly range: PfnRange },
): void {
  const obstacle = firstObstacle(machine, what.range)
  if (obstacle !== undefined) throw refusal(machine, obstacle)
  for (const part of touchedParts(machine, what.range)) isolatePart(machine, what.zone, part)
}

function refusal(machine: Machine, obstacle: Obstacle): HotplugError {
  const { reason, ...detail } = obstacle
  const hex = `0x${obstacle.pfn.toString(16)}`
  if (reason === 'isolated') {
    const text = `The pageblock of page ${hex} is isolated already.`
    return new HotplugError('ALREADY_ISOLATED', 'EBUSY', text, { detail })
  }
  logLine(machine, 'warn', `page: pfn:${hex} ${obstacle.kind}`)
  logLine(machine, 'warn', 'page dumped because: unmovable page')
  const text = `Page ${hex} (${obstacle.kind}) can neither move nor go.`
  return new HotplugError('UNMOVABLE_PAGE', 'EBUSY', text, { detail })
}

function isolatePart(machine: Machine, zone: Zone, part: TouchedPart<Section>): void {
  const { section, start, end } = part
  if (start >= end) return
  invariant(section.online, `Section ${section.nr} is offline.`)
  if (!isOpen(section) && section.uniform === 'free' && isWhole(machine, part)) {
    const base = sectionBase(machine, section)
    removePristine(zone, { start: base + start, end: base + end })
    section.uniform = 'isolated'
    zone.isolatedPageblocks += (end - start) / machine.geometry.pageblockPages
    return
  }
  zone.isolatedPageblocks += setPageblockTypes(machine, {
    section: openSection(machine, section.nr),
    range: { start, end },
    type: MIGRATE_TYPE.isolate,
  })
}
