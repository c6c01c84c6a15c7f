import { blockOfSection, findBlock } from '../block/block-table'
import type { BootBlockFacts } from '../model/description'
import type { Machine } from '../model/machine'
import type { MemoryNode } from '../model/node'
import type { SectionUse } from '../model/page'
import type { Zone, ZoneKey } from '../model/zone'
import { NOTHING_USED } from '../section-pages/captured-use-plan'

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
