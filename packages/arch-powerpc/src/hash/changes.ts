import type { Range } from '@memhp/core'
import { type HashRegion, SEGMENT_BYTES } from './address'
import { ENTRIES_PER_GROUP } from './entries'
import { groupCount, type HashChange, type HashState } from './state'
import { type HashTable, hashedPage, insertPage, removePage } from './table'

/*
 * Most changes of the table are never looked at. They are listed, and entered into the groups when something reads the
 * table. Only where a pair of groups may be too full for a page that comes is it entered at once.
 */

/** Pages of a region to bolt. */
export interface BoltedRange extends Range {
  readonly region: HashRegion
  /** Physical address in bytes of the first page; the others follow it. */
  readonly address: number
}

/** As many changes are listed at most. */
const MOST_CHANGES = 1024

/**
 * Bolts pages, in ascending order.
 * @returns the offset of the first page that finds no room: those before it are bolted; undefined where all are
 */
export function boltPages(table: HashTable, pages: BoltedRange): number | undefined {
  const { state } = table
  const { region, end } = pages
  state.highest[region.name] = Math.max(state.highest[region.name], end)
  const change: HashChange = listed('bolted', pages)
  if (!hasRoomForAll(table)) {
    enterChanges(table)
    return enter(table, change)
  }
  list(table, change)
  return undefined
}

/** Takes the entries of pages away: of those that have one. */
export function unboltPages(table: HashTable, pages: Omit<BoltedRange, 'address'>): void {
  list(table, listed('unbolted', { ...pages, address: 0 }))
}

const listed = (
  kind: HashChange['kind'],
  { region, start, end, address }: BoltedRange,
): HashChange => ({ kind, region: region.name, start, end, address })

function list(table: HashTable, change: HashChange): void {
  const { changes } = table.state
  changes.push(change)
  if (changes.length > MOST_CHANGES) enterChanges(table)
}

/** Enters what is listed into the groups. Whatever reads them does so first. */
export function enterChanges(table: HashTable): void {
  const { state } = table
  const { changes } = state
  state.changes = []
  for (const change of changes) enter(table, change)
}

/** @returns the offset of the first page that finds no room */
function enter(table: HashTable, change: HashChange): number | undefined {
  const { kind, start, end, address } = change
  const region = table.shape[change.region]
  for (let offset = start; offset < end; offset += region.pageBytes) {
    const page = hashedPage(table, { region, offset, address: address + offset - start })
    if (kind === 'unbolted') removePage(table, page)
    else if (insertPage(table, page) === 'full') return offset
  }
  return undefined
}

/**
 * Whether no group can be too full, whichever pages are bolted below the highest offsets: of pages that follow each other in a
 * segment, as many as there are groups are all in different ones.
 */
export function hasRoomForAll({ shape, state }: HashTable): boolean {
  const { highest } = state
  const most = mostInGroup(state, shape.linear, highest.linear)
  return most + mostInGroup(state, shape.vmemmap, highest.vmemmap) <= ENTRIES_PER_GROUP
}

/** Pages below an offset that one group can be the first of, at most. */
function mostInGroup(state: HashState, region: HashRegion, end: number): number {
  const { effectiveBase, pageBytes } = region
  const segments =
    Math.ceil((effectiveBase + end) / SEGMENT_BYTES) - Math.floor(effectiveBase / SEGMENT_BYTES)
  const pages = Math.min(end, SEGMENT_BYTES) / pageBytes
  return segments * Math.ceil(pages / groupCount(state))
}
