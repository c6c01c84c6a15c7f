import { type Pfn, pfn } from '../../address/brand'
import type { PfnRange } from '../../address/range'
import { isHotplugError } from '../../errors/hotplug-error'
import type { Machine } from '../../model/machine'
import type { Zone, ZoneKey } from '../../model/zone'
import { zoneOf } from '../../zone/zone-table'
import { readPage } from './flat-model'
import { bringOnline, hotAdd, sectionRange, TINY, type TinyUse, tinyMachine } from './tiny-machine'

/** Sections of the world: seven of boot memory, an absent one, two hot-added ones. */
export const SECTIONS = 10
export const END: number = SECTIONS * TINY.pagesPerSection
export const WHOLE: PfnRange = { start: pfn(0), end: pfn(END) }

/** A tiny machine, and what a run of operations made on it: ids of owners, and chunks of kernel memory. */
export interface World {
  readonly machine: Machine
  readonly owners: number[]
  readonly chunks: { readonly pfn: Pfn; readonly order: number }[]
}

/** A world whose last two sections were hot-added to Movable of node 1, with their own memmap. */
export function newWorld(use: TinyUse): World {
  const machine = tinyMachine(use)
  const range = sectionRange(machine, 8, 2)
  hotAdd(machine, range, 1)
  const zone = zoneOf(machine, '1/Movable')
  bringOnline(machine, { zone, range, selfHostedPages: TINY.pageblockPages })
  return { machine, owners: [], chunks: [] }
}

/** The zone of a page; undefined where it is offline, absent or in a hole. */
export function zoneAt(machine: Machine, page: number): Zone | undefined {
  const { zone } = readPage(machine, page)
  return zone === null ? undefined : zoneOf(machine, zone as ZoneKey)
}

/** Runs something that may be refused. @returns the code of the refusal */
export function attempt(act: () => void): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return error.code
  }
}
