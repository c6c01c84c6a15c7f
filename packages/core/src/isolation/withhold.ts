import { type PfnRange, rangeSize } from '../address/range'
import { invariant } from '../errors/invariant'
import { passPoint } from '../machine/faults'
import type { Arch } from '../model/arch'
import type { FirmwareDriver } from '../model/driver'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND, type PageKindName } from '../model/page'
import type { Section } from '../model/section'
import { stampPages } from '../section-pages/columns'
import { linkRange, unlinkChunk } from '../section-pages/free-list'
import { materialise } from '../section-pages/materialise'
import { type UsableSlice, writableSlices } from '../section-pages/section-range'
import { zoneSliceAt } from '../section-pages/zone-slice'

/**
 * Asks the arch and the drivers which pages of a range they keep from the allocator as it comes online, and takes those
 * out: they become PageOffline. Costs nothing where no plugin asks to be asked.
 * @param range pages that were just handed over: free, and isolated
 * @returns how many pages were withheld
 * Source: online_page_callback_t, generic_online_page, mm/memory_hotplug.c 6.1; virtio_mem_online_page_cb,
 *   drivers/virtio/virtio_mem.c 6.1.
 */
export function withholdPages(machine: Machine, range: PfnRange): number {
  let count = 0
  for (const plugin of [machine.arch, ...machine.drivers]) {
    for (const withheld of askPlugin(machine, plugin, range)) {
      for (const part of writableSlices(machine, withheld))
        count +=
          takeOut(machine, part, PAGE_KIND.withheld, PAGE_FLAG.unused) +
          withholdPoisoned(machine, part)
    }
  }
  return count
}

/** Poisoned pages stay poisoned, and are withheld with those around them. @returns their number */
function withholdPoisoned(
  machine: Machine,
  { section: { nr }, start, end }: UsableSlice<Section>,
): number {
  const section = materialise(machine, nr)
  const places = machine.subsystems.memoryFailure?.poisonedIn(section) ?? []
  const inside = places.filter((at) => start <= at && at < end)
  for (const at of inside) section.pages.kind[at] = PAGE_KIND.withheld
  return inside.length
}

/** How many pages of a range plugins would keep, were it to come online now. */
export const withheldPagesOf = (machine: Machine, range: PfnRange): number =>
  [machine.arch, ...machine.drivers]
    .flatMap((plugin) => plugin.withholdPages?.(machine, range) ?? [])
    .reduce((sum, each) => sum + rangeSize(each), 0)

/** Nothing may refuse here: a plugin that throws withholds nothing, and the operation's caller gets what it threw. */
function askPlugin(
  machine: Machine,
  plugin: Arch | FirmwareDriver,
  range: PfnRange,
): readonly PfnRange[] {
  try {
    passPoint(machine, 'hook/withhold-pages')
    const answer = plugin.withholdPages?.(machine, range) ?? []
    for (const { start, end } of answer) {
      invariant(
        range.start <= start && start < end && end <= range.end,
        `${plugin.name} withholds pages ${start}-${end}, and was asked about ${range.start}-${range.end}.`,
      )
    }
    return answer
  } catch (error) {
    machine.activity.heldErrors.push(error)
    return []
  }
}

/** Takes the free pages of a part of a section out of the allocator; they become of a kind. @returns their number */
export function takeOut(
  machine: Machine,
  part: UsableSlice<Section>,
  kindOfTaken: (typeof PAGE_KIND)[PageKindName],
  flags = 0,
): number {
  const section = materialise(machine, part.section.nr)
  const { kind, order: orders } = section.pages
  let count = 0
  // Of a free chunk the first page alone is of this kind.
  const nextFree = (from: number): number => kind.indexOf(PAGE_KIND.free, from)
  let at = nextFree(section.selfHostedPages)
  while (at !== -1 && at < part.end) {
    const order = orders[at] ?? 0
    const end = at + (1 << order)
    if (end > part.start) {
      const slice = zoneSliceAt(machine, section, at)
      const taken = { start: Math.max(at, part.start), end: Math.min(end, part.end) }
      unlinkChunk(slice, { start: at, order })
      linkRange(slice, { start: at, end: taken.start })
      linkRange(slice, { start: taken.end, end })
      kind.fill(kindOfTaken, taken.start, taken.end)
      section.pages.flags.fill(flags, taken.start, taken.end)
      stampPages(section.pages, taken)
      count += taken.end - taken.start
    }
    at = nextFree(end)
  }
  return count
}
