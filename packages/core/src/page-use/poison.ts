import { formatHex } from '@memhp/kernel-files'
import { type NodeId, pfn } from '../address/brand'
import { takeFreePage } from '../allocator/buddy'
import { drainPerCpu } from '../allocator/per-cpu'
import { zonelist } from '../allocator/zonelist'
import type { Errno } from '../errors/errno'
import { HotplugError } from '../errors/hotplug-error'
import { dissolveHugePage, moveHugePage } from '../huge-pages/pool'
import { moveSinglePages } from '../isolation/migrate'
import { kindName } from '../isolation/obstacle'
import { failsAt } from '../machine/faults'
import { operate } from '../machine/operation'
import { say } from '../machine/say'
import { subsystemOf } from '../machine/subsystem'
import type { Machine } from '../model/machine'
import { PAGE_FLAG, PAGE_KIND } from '../model/page'
import type { MaterialisedSection } from '../model/section'
import type { PageFailures } from '../model/state'
import { findSection, sectionOfPfn, zoneOfPfn } from '../section/section-table'
import { ownerAt, stampPage } from '../section-pages/columns'
import { type HugePage, hugePageWith, unpromisedHugePages } from '../section-pages/huge-pool'
import { materialise } from '../section-pages/materialise'
import { zoneSliceAt } from '../section-pages/zone-slice'
import { zoneOf } from '../zone/zone-table'
import { retirePage } from './poisoned-pages'

/** A page of an online section that is materialised. */
interface Spot {
  readonly section: MaterialisedSection
  readonly pageIndex: number
  readonly page: number
}

function busy(spot: Spot, why: { readonly errno: Errno; readonly text: string }): HotplugError {
  const kind = kindName(spot.section.pages.kind[spot.pageIndex] ?? 0)
  const text = `Page ${formatHex(spot.page)} (${kind}) ${why.text}.`
  return new HotplugError('UNMOVABLE_PAGE', why.errno, text, { detail: { pfn: spot.page, kind } })
}

/** What is answered for a page that is there but not online, and for one that is not there. */
interface NotOnline {
  readonly offline: Errno
  readonly absent: Errno
}

/** Finds a page. @throws HotplugError PAGE_NOT_ONLINE */
function spotOf(machine: Machine, page: number, { offline, absent }: NotOnline): Spot {
  const nr = sectionOfPfn(machine, page)
  const known = findSection(machine, nr)
  if (known?.online !== true) {
    const errno = known === undefined ? absent : offline
    if (offline === 'ENXIO') say(machine, 'poisonOutside', { pfn: page })
    const text = `Page ${formatHex(page)} is not online.`
    throw new HotplugError('PAGE_NOT_ONLINE', errno, text, { detail: { pfn: page } })
  }
  const section = materialise(machine, nr)
  const spot = { section, pageIndex: page % machine.geometry.pagesPerSection, page }
  if (section.pages.kind[spot.pageIndex] === PAGE_KIND.perCpu) drainZoneOf(machine, page)
  return spot
}

function drainZoneOf(machine: Machine, page: number): void {
  const key = zoneOfPfn(machine, pfn(page))
  if (key !== null) drainPerCpu(machine, zoneOf(machine, key))
}

const isPoisoned = ({ section, pageIndex }: Spot): boolean =>
  ((section.pages.flags[pageIndex] ?? 0) & PAGE_FLAG.hwpoison) !== 0

function mark({ section, pageIndex }: Spot): void {
  const { hwpoison, unused } = PAGE_FLAG
  section.pages.flags[pageIndex] = ((section.pages.flags[pageIndex] ?? 0) & ~unused) | hwpoison
  stampPage(section.pages, pageIndex)
}

/** Retires a free page. @returns false where it is not free */
function retireFree(machine: Machine, spot: Spot): boolean {
  const { section, pageIndex } = spot
  const { kind } = section.pages
  if (kind[pageIndex] !== PAGE_KIND.free && kind[pageIndex] !== PAGE_KIND.freeTail) return false
  if (!takeFreePage(zoneSliceAt(machine, section, pageIndex), pageIndex)) return false
  retirePage(section, pageIndex)
  return true
}

/** Retires a page on the LRU. Its owner has lost it. @returns false where it is not on the LRU */
function retireUsed(machine: Machine, spot: Spot): boolean {
  const { section, pageIndex } = spot
  if (section.pages.kind[pageIndex] !== PAGE_KIND.lru) return false
  const owner = machine.state.memory.allocations.get(ownerAt(section.pages, pageIndex))
  if (owner !== undefined) owner.pages[section.pages.owned?.index[pageIndex] ?? 0] = -1
  retirePage(section, pageIndex)
  return true
}

/**
 * A hardware error in a page, reported through hard_offline_page: the page is never used again. Who had it loses
 * its content: a page on the LRU leaves its owner, a huge page is dissolved. Kernel memory, withheld and reserved
 * pages are marked and stay where they are, and so does a free huge page that is promised to a mapping.
 * @param page pfn
 * @throws HotplugError PAGE_NOT_ONLINE (ENXIO; EBUSY where no memory is there, since 6.19); PAGE_POISONED (EHWPOISON) where it is poisoned already
 *   and the generation refuses that;
 *   UNMOVABLE_PAGE (EBUSY) where the page was marked but could not be taken away; UNKNOWN_PLUGIN (EOPNOTSUPP) on a machine without MEMORY_FAILURE
 * Source: memory_failure, mm/memory-failure.c 6.1; spec 1.1.2.
 * @public
 */
export const poisonPage = (machine: Machine, page: number): void =>
  subsystemOf(machine, 'memoryFailure', 'poisonPage').poison(machine, page)

/** See `poisonPage`. */
export function poison(machine: Machine, page: number): void {
  operate(machine, 'poison', () => failPage(machine, page))
}

function failPage(machine: Machine, page: number): void {
  const { absent } = machine.generation.rules.poison
  const spot = spotOf(machine, page, { offline: 'ENXIO', absent })
  if (isPoisoned(spot)) {
    say(machine, 'poisonedAgain', { pfn: page })
    if (machine.generation.rules.poison.again === 'ignored') return
    const text = `Page ${formatHex(page)} is poisoned already.`
    throw new HotplugError('PAGE_POISONED', 'EHWPOISON', text, { detail: { pfn: page } })
  }
  if (retireFree(machine, spot)) {
    say(machine, 'poisonedFree', { pfn: page })
    countFailure(machine, spot, 'recovered')
    return
  }
  if (retireUsed(machine, spot)) {
    countFailure(machine, spot, 'recovered')
    return
  }
  const huge = hugePageWith(machine, page)
  mark(spot)
  if (huge !== undefined && (huge.isUsed || mayDissolve(machine, huge))) {
    dissolveHugePage(machine, huge.pool, huge.head)
    countFailure(machine, spot, 'recovered')
    return
  }
  countFailure(machine, spot, huge === undefined ? 'ignored' : 'failed')
  throw busy(spot, { errno: 'EBUSY', text: 'is marked as poisoned but cannot be taken away' })
}

/** What could be done is counted with the page's node; a page that is poisoned already is not counted again. */
function countFailure(machine: Machine, spot: Spot, outcome: keyof PageFailures): void {
  const { pageFailures } = machine.state.memory
  const nodeId = nodeOfPage(machine, spot)
  const counts = pageFailures.get(nodeId) ?? { ignored: 0, failed: 0, recovered: 0 }
  counts[outcome] += 1
  pageFailures.set(nodeId, counts)
}

/** Whether a free huge page is not promised to a mapping. */
const mayDissolve = (machine: Machine, { pool }: HugePage): boolean =>
  unpromisedHugePages(machine, pool.order) >= 1

/**
 * Takes a page out of use before it fails, through soft_offline_page: what it holds moves elsewhere first. A page
 * that is poisoned already is left alone.
 * @param page pfn
 * @throws HotplugError PAGE_NOT_ONLINE (ENXIO for a page without memmap, EIO for an offline one), UNMOVABLE_PAGE
 *   (EIO for kernel, reserved and withheld memory, EBUSY for what is pinned or promised), OUT_OF_MEMORY (ENOMEM);
 *   nothing has changed then
 * Source: soft_offline_page, mm/memory-failure.c 6.1; spec 1.1.2.
 * @public
 */
export const softOfflinePage = (machine: Machine, page: number): void =>
  subsystemOf(machine, 'memoryFailure', 'softOfflinePage').softOffline(machine, page)

/** See `softOfflinePage`. */
export function softOffline(machine: Machine, page: number): void {
  operate(machine, 'soft offline', () => takeOutOfUse(machine, page))
}

function takeOutOfUse(machine: Machine, page: number): void {
  const spot = spotOf(machine, page, { offline: 'EIO', absent: 'ENXIO' })
  if (isPoisoned(spot)) return
  if (retireFree(machine, spot)) {
    say(machine, 'softPoisonedFree', { pfn: page })
    return
  }
  const { section, pageIndex } = spot
  const { kind, flags } = section.pages
  const huge = hugePageWith(machine, page)
  if (kind[pageIndex] === PAGE_KIND.lru) {
    if (flags[pageIndex] !== 0) throw busy(spot, { errno: 'EBUSY', text: 'is pinned' })
    moveAway(machine, spot)
  } else if (huge?.isUsed === true) {
    moveHugeAway(machine, page)
  } else if (huge !== undefined) {
    if (!mayDissolve(machine, huge))
      throw busy(spot, { errno: 'EBUSY', text: 'is part of a reserved huge page' })
    dissolveHugePage(machine, huge.pool, huge.head)
  } else {
    throw busy(spot, { errno: 'EIO', text: 'is of a kind that cannot be taken away' })
  }
  retireFree(machine, spot)
}

function outOfMemory(page: number): HotplugError {
  const text = `There is no memory to move page ${formatHex(page)} to.`
  return new HotplugError('OUT_OF_MEMORY', 'ENOMEM', text, { detail: { pfn: page } })
}

function nodeOfPage(machine: Machine, spot: Spot): NodeId {
  const key = zoneOfPfn(machine, pfn(spot.page))
  return key === null ? spot.section.nodeId : zoneOf(machine, key).nodeId
}

function moveAway(machine: Machine, spot: Spot): void {
  const { section, pageIndex, page } = spot
  const zones = zonelist(machine, { nodeId: nodeOfPage(machine, spot), mobility: 'movable' })
  const runs = [{ start: pageIndex, end: pageIndex + 1 }]
  const moved = failsAt(machine, 'migration/page')
    ? 0
    : moveSinglePages(machine, zones, { section, runs })
  if (moved === 0) throw outOfMemory(page)
}

function moveHugeAway(machine: Machine, page: number): void {
  const nodes = [...machine.state.memory.nodes.keys()]
  if (failsAt(machine, 'migration/huge-page')) throw outOfMemory(page)
  if (!moveHugePage(machine, { page: pfn(page), nodes })) throw outOfMemory(page)
  const left = hugePageWith(machine, page)
  if (left !== undefined && mayDissolve(machine, left))
    dissolveHugePage(machine, left.pool, left.head)
}
