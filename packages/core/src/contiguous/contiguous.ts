import { pfn, sectionNr } from '../address/brand'
import { type Range, rangeIntersection } from '../address/range'
import { kindName } from '../isolation/obstacle'
import type { BootSections } from '../model/boot-sections'
import type { MachineDescription } from '../model/description'
import type { Machine } from '../model/machine'
import type { Obstacle } from '../model/obstacle'
import { MIGRATE_TYPE, PAGE_KIND } from '../model/page'
import type { Section } from '../model/section'
import type { PageStock } from '../model/section-use'
import { findSection, zoneOfPfn } from '../section/section-table'
import { sectionBase } from '../section-pages/columns'
import { materialise } from '../section-pages/materialise'
import { setAsideOf } from './areas'
import { freeAside } from './choose-aside'

/** What of a section is set aside, by its places, ascending. */
function asideIn(machine: Machine, section: Readonly<Section>): readonly Range[] {
  const base = sectionBase(machine, section)
  const whole = { start: base, end: base + machine.geometry.pagesPerSection }
  return setAsideOf(machine).areas.flatMap((area) => {
    const common = rangeIntersection<number>(area, whole)
    return common === undefined ? [] : [{ start: common.start - base, end: common.end - base }]
  })
}

/** Boot sections of which a part is set aside, or left free beside that, come one by one, with the pages that are left for what boot reserves. */
export function cutAside(machine: Machine, { runs, mixed }: BootSections): BootSections {
  const { pagesPerSection } = machine.geometry
  const { areas, spare } = setAsideOf(machine)
  const ranges = [...areas, ...spare].sort((a, b) => a.start - b.start)
  const aside = pagesBySection(machine, ranges)
  const left = mixed.map((one) => ({ ...one, pages: one.pages - (aside.get(one.nr) ?? 0) }))
  const cut: BootSections = { runs: [], mixed: left }
  for (const run of runs) {
    let start: number = run.start
    for (const [nr, pages] of aside) {
      if (nr < run.start || run.end <= nr) continue
      if (start < nr) cut.runs.push({ ...run, start, end: nr })
      const { zone, nodeId } = run
      cut.mixed.push({ nr, zone, nodeId, pages: pagesPerSection - pages })
      start = nr + 1
    }
    if (start < run.end) cut.runs.push({ ...run, start })
  }
  return cut
}

/** Pages of some ranges, by section. */
function pagesBySection(machine: Machine, ranges: readonly Range[]): ReadonlyMap<number, number> {
  const { pagesPerSection } = machine.geometry
  const pages = new Map<number, number>()
  for (const { start, end } of ranges) {
    for (let at = start; at < end; ) {
      const nr = Math.floor(at / pagesPerSection)
      const next = Math.min(end, (nr + 1) * pagesPerSection)
      pages.set(nr, (pages.get(nr) ?? 0) + next - at)
      at = next
    }
  }
  return pages
}

/** Cuts the parts of a section where something is set aside: what is comes last, so that only movable pages get there. */
export function putAsideLast(
  machine: Machine,
  section: Readonly<Section>,
  left: PageStock['left'],
): PageStock['left'] {
  const aside = asideIn(machine, section)
  if (aside.length === 0) return left
  const cuts = aside.flatMap(({ start, end }) => [start, end])
  const pieces = left.flatMap((part) => {
    const edges = [part.start, ...cuts.filter((at) => part.start < at && at < part.end), part.end]
    return edges.slice(1).map((end, i) => ({ ...part, start: edges[i] ?? 0, end }))
  })
  const isAside = ({ start }: Range): boolean =>
    aside.some((range) => range.start <= start && start < range.end)
  return [...pieces.filter((piece) => !isAside(piece)), ...pieces.filter(isAside)]
}

/** Gives pageblocks of a section their type. None of its pages is in a list yet. */
export function markAside(
  machine: Machine,
  section: Readonly<Section> & { readonly pageblocks: Uint8Array },
): void {
  const { pageblockPages } = machine.geometry
  for (const { start, end } of asideIn(machine, section))
    section.pageblocks.fill(MIGRATE_TYPE.cma, start / pageblockPages, end / pageblockPages)
}

/** Free pages of what is set aside at the end of boot, of machines by their descriptions. */
const FREE_AT_BOOT = /* @__PURE__ */ new WeakMap<MachineDescription, number>()

const freeOf = (machine: Machine): number =>
  freeAside(machine, [...machine.state.memory.zones.values()])

/** Materialises sections of which something is set aside, so that its free pages are in lists. */
export function bootContiguous(machine: Machine): void {
  for (const nr of pagesBySection(machine, setAsideOf(machine).areas).keys())
    if (findSection(machine, sectionNr(nr))?.online === true) materialise(machine, sectionNr(nr))
  FREE_AT_BOOT.set(machine.description, freeOf(machine))
}

/** Pages of what is set aside that came into use since boot; negative where more of them are free. */
export const takenAside = (machine: Machine): number =>
  (FREE_AT_BOOT.get(machine.description) ?? 0) - freeOf(machine)

/** What isolation of a part of a section meets first, where something of it may be set aside. */
export function firstObstacleAside(
  machine: Machine,
  { section, part }: { readonly section: Readonly<Section>; readonly part: Range },
  found: Obstacle | undefined,
): Obstacle | undefined {
  const base = sectionBase(machine, section)
  const page = firstAside(machine, { start: base + part.start, end: base + part.end })
  if (page === undefined) return found
  const pageblock = page - (page % machine.geometry.pageblockPages)
  if (found !== undefined && found.pageblock < pageblock) return found
  if (found?.pageblock === pageblock && found.reason === 'isolated') return found
  const kind = kindName(section.pages?.kind[page - base] ?? PAGE_KIND.free)
  const zone = zoneOfPfn(machine, pfn(page))
  return { reason: 'set aside', pfn: pfn(page), kind, pageblock: pfn(pageblock), zone }
}

/** The first page of a range that is set aside; undefined where none is. */
export function firstAside(machine: Machine, range: Range): number | undefined {
  for (const area of setAsideOf(machine).areas) {
    const common = rangeIntersection<number>(area, range)
    if (common !== undefined) return common.start
  }
  return undefined
}
