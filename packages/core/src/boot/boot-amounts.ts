import { blockOfSection, findBlock } from '../block/block-table'
import type { BootSections } from '../model/boot-sections'
import type { BootBlockFacts } from '../model/description'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { SectionUse } from '../model/page'
import type { Zone, ZoneKey } from '../model/zone'
import { NOTHING_USED } from '../section-pages/captured-use-plan'
import { isMovableZone } from '../zone/zone-table'

/** Pages of a node that are in use but have no known place yet. They go to the bottom of the node. */
export interface Unplaced {
  reserved: number
  unmovable: number
  movable: number
}

const USES = /* @__PURE__ */ Object.keys(NOTHING_USED) as readonly (keyof SectionUse)[]

/** Captured use by section number. @param isMeant default: of all blocks that are online */
export function knownUse(
  machine: Machine,
  isMeant: (block: BootBlockFacts) => boolean = () => true,
): Map<number, SectionUse> {
  const { sectionsPerBlock } = machine.geometry
  const known = new Map<number, SectionUse>()
  for (const block of machine.description.blocks ?? []) {
    if (block.use === undefined || block.state === 'offline' || !isMeant(block)) continue
    for (let i = 0; i < sectionsPerBlock; i++) {
      const use = { ...NOTHING_USED }
      for (const key of USES) {
        const total = block.use[key]
        use[key] =
          Math.floor((total * (i + 1)) / sectionsPerBlock) -
          Math.floor((total * i) / sectionsPerBlock)
      }
      known.set(block.id * sectionsPerBlock + i, use)
    }
  }
  return known
}

/** Sections of boot memory that has gone offline since. */
export function offlineSections({ description, geometry }: Machine): number[] {
  const { sectionsPerBlock } = geometry
  const offline = (description.blocks ?? []).filter(
    ({ early, state }) => early && state === 'offline',
  )
  return offline.flatMap(({ id }) =>
    Array.from({ length: sectionsPerBlock }, (_, i) => id * sectionsPerBlock + i),
  )
}

const isEarlyOn = (machine: Machine, node: MemoryNode, nr: number): boolean => {
  const block = findBlock(machine, blockOfSection(machine, nr))
  return block?.early === true && block.nodeId === node.id
}

const earlyManaged = ({ managedPages, presentEarlyPages }: Zone): number =>
  Math.min(managedPages, presentEarlyPages)

/** Boot memory of each zone that the page allocator never gets, but for what is known to lie somewhere. Lowest zone first. */
export function reservedByZone(
  machine: Machine,
  node: MemoryNode,
  known: ReadonlyMap<number, SectionUse>,
): Map<ZoneKey, number> {
  const reserved = new Map<ZoneKey, number>()
  for (const zone of node.zones) reserved.set(zone.key, zone.presentEarlyPages - earlyManaged(zone))
  let placed = 0
  for (const [nr, use] of known) if (isEarlyOn(machine, node, nr)) placed += use.reserved
  takeLowest(reserved, placed)
  return reserved
}

/** Takes a number of pages, or all there are, from the lowest zones. @returns how many there were */
function takeLowest(reserved: Map<ZoneKey, number>, pages: number): number {
  let left = pages
  for (const [zone, count] of reserved) {
    const taken = Math.min(count, left)
    reserved.set(zone, count - taken)
    left -= taken
  }
  return pages - left
}

/**
 * Takes out what lies in the lowest section, above all the kernel's image: half of what is reserved, but at most a quarter of the
 * section. In the guests of captures/ it is 8,359 pages of 32,768 on x86 and 575 of 4,096 on POWER; what matters is that
 * some of it is there and the rest is not.
 */
export function takeImage({ geometry }: Machine, reserved: Map<ZoneKey, number>): number {
  const total = [...reserved.values()].reduce((sum, count) => sum + count, 0)
  return takeLowest(reserved, Math.min(Math.ceil(total / 2), geometry.pagesPerSection / 4))
}

/**
 * Takes out what is reserved right below Movable where Movable holds the node's struct pages: boot allocates from the top of a node down,
 * so that of the zone below it only what lies at its bottom is reserved; but for what has to lie below 4 GiB (bounce buffers, a part of a
 * crash kernel's), which is at the top of memory there: where addresses without memory are between the two.
 * @returns how many pages
 */
export function takeBelowMovable(
  { arch, geometry, state }: Machine,
  node: MemoryNode,
  reserved: Map<ZoneKey, number>,
): number {
  const atBoot = node.zones.filter(({ presentEarlyPages }) => presentEarlyPages > 0)
  const index = atBoot.findIndex(isMovableZone)
  const below = atBoot[index - 1]
  const movable = atBoot[index]
  if (below === undefined || movable === undefined) return 0
  const { bootExtents } = state.memory.sections
  const top = bootExtents.findLast(({ zone }) => zone === below.key)?.endPfn
  if (bootExtents.find(({ zone }) => zone === movable.key)?.startPfn !== top) return 0
  const present = atBoot.reduce((sum, zone) => sum + zone.presentEarlyPages, 0)
  const memmap = Math.floor((present * arch.geometry.structPageBytes) / geometry.pageBytes)
  if ((reserved.get(movable.key) ?? 0) < memmap) return 0
  const pages = reserved.get(below.key) ?? 0
  reserved.set(below.key, 0)
  return pages
}

/** What a node has reserved in a section that is placed with another node's. */
export interface Guest {
  readonly nr: number
  readonly node: MemoryNode
  readonly pages: number
}

/** Takes out what is reserved at the top of zones whose memory ends in a section that is placed with another node's. */
export function takeForShared(
  { geometry, state }: Machine,
  node: MemoryNode,
  known: { readonly sections: BootSections; readonly reserved: Map<ZoneKey, number> },
): readonly Guest[] {
  const { pagesPerSection } = geometry
  const { sections, reserved } = known
  return node.zones.flatMap(({ key }) => {
    const last = state.memory.sections.bootExtents.findLast(({ zone }) => zone === key)
    const count = reserved.get(key) ?? 0
    if (last === undefined || count === 0) return []
    const nr = Math.floor((last.endPfn - 1) / pagesPerSection)
    const isOthers = sections.mixed.some((mixed) => mixed.nr === nr && mixed.nodeId !== node.id)
    if (!isOthers) return []
    const pages = Math.min(count, last.endPfn - Math.max(last.startPfn, nr * pagesPerSection))
    reserved.set(key, count - pages)
    return { nr, node, pages }
  })
}

/** Pages of boot memory that are in use, but for those with a known place. Half of them cannot move. */
export function usedPages(
  machine: Machine,
  node: MemoryNode,
  known: ReadonlyMap<number, SectionUse>,
): Pick<Unplaced, 'unmovable' | 'movable'> {
  const facts = machine.description.freePages?.find((entry) => entry.node === node.id)
  const managed = node.zones.reduce((sum, zone) => sum + earlyManaged(zone), 0)
  const used = facts === undefined ? 0 : Math.max(0, managed - facts.pages)
  let unmovable = Math.ceil(used / 2)
  let movable = Math.floor(used / 2)
  for (const [nr, use] of known) {
    if (!isEarlyOn(machine, node, nr)) continue
    unmovable -=
      use.unmovable + use.pinned + use.hugetlb + use.hugetlbFree + use.withheld + use.poisoned
    movable -= use.movable
  }
  return { unmovable: Math.max(0, unmovable), movable: Math.max(0, movable) }
}

/** @param reservedHere pages of the section whose place is decided; part of its capacity */
export function takeUse(unplaced: Unplaced, capacity: number, reservedHere = 0): SectionUse {
  const use = { ...NOTHING_USED }
  let left = capacity - reservedHere
  for (const key of ['reserved', 'unmovable', 'movable'] as const) {
    const taken = Math.min(unplaced[key], left)
    use[key] = taken
    unplaced[key] -= taken
    left -= taken
  }
  use.reserved += reservedHere
  return use
}
