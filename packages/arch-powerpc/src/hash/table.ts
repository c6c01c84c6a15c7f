import type { EntryWords } from '@memhp/core/plugin'
import { type HashRegion, type HashShape, virtualPage } from './address'
import {
  baselinePair,
  complementOf,
  type GroupPair,
  type HashedPage,
  primaryGroup,
  putInPair,
} from './baseline-groups'
import { findSlot, isEntryOf, readEntry, realAddress, writeEntry } from './entries'
import type { HashState } from './state'

/** The hash page table as the functions of this folder see it. */
export interface HashTable {
  readonly shape: HashShape
  readonly state: HashState
}

/** Where the entry of a page is. */
interface EntryPlace {
  readonly group: number
  /** 0 to 7. */
  readonly slot: number
  readonly kind: 'primary' | 'secondary'
}

/** An entry of the hash page table that maps kernel memory. */
export interface BoltedEntry extends EntryPlace {
  /** Physical address in bytes of the page's first byte. */
  readonly physicalAddress: number
  readonly pageBytes: number
  /** The two doublewords, each as two 32-bit words. */
  readonly v: EntryWords
  readonly r: EntryWords
}

/** The page of a region at an offset, ready to be looked for or bolted. */
export function hashedPage(
  table: HashTable,
  at: { readonly region: HashRegion; readonly offset: number; readonly address: number },
): HashedPage {
  const { region, offset, address } = at
  const page = virtualPage(table.shape, region, offset)
  const { pageBytes } = region
  return { page, pageBytes, address, group: primaryGroup(table.state, page, pageBytes) }
}

/** Looks in a pair of groups that is at hand. */
export function findInPair(
  state: Pick<HashState, 'shift'>,
  pair: GroupPair,
  wanted: Omit<HashedPage, 'address'>,
): BoltedEntry | undefined {
  const { page, pageBytes, group } = wanted
  for (const kind of ['primary', 'secondary'] as const) {
    const number = kind === 'primary' ? group : complementOf(state, group)
    const words = pair.get(number)
    const slot = words && findSlot(words, ({ v }) => isEntryOf(v, page, pageBytes))
    if (words === undefined || slot === undefined) continue
    const { v, r } = readEntry(words, slot)
    return {
      group: number,
      slot,
      kind,
      physicalAddress: realAddress(r, pageBytes),
      pageBytes,
      v,
      r,
    }
  }
  return undefined
}

/** Bolts a page. @returns `full` where neither group has room; nothing has changed then */
export function insertPage(table: HashTable, page: HashedPage): 'done' | 'full' {
  const { state } = table
  const baseline = baselinePair(table, page.group)
  const pair = currentPair(state, baseline)
  const put = putInPair(state, pair, page)
  if (put === undefined) return 'full'
  keepChanged(state, { baseline, pair, group: put.group })
  return 'done'
}

/** Takes the entry of a page away. @returns `none` where there is no such entry */
export function removePage(table: HashTable, page: Omit<HashedPage, 'address'>): 'done' | 'none' {
  const { state } = table
  const baseline = baselinePair(table, page.group)
  const pair = currentPair(state, baseline)
  const found = findInPair(state, pair, page)
  const group = found && pair.get(found.group)
  if (found === undefined || group === undefined) return 'none'
  writeEntry({ group, slot: found.slot }, null)
  keepChanged(state, { baseline, pair, group: found.group })
  return 'done'
}

/** A pair of groups as it is now, to change: a copy where it is not stored yet. */
function currentPair(state: HashState, baseline: GroupPair): GroupPair {
  const pair = new Map<number, Uint32Array>()
  for (const [number, words] of baseline)
    pair.set(number, state.groups.get(number) ?? words.slice())
  return pair
}

/** Stores a group that was changed if it differs from the baseline, and forgets it if it does not. */
function keepChanged(
  state: HashState,
  what: { readonly baseline: GroupPair; readonly pair: GroupPair; readonly group: number },
): void {
  const { baseline, pair, group } = what
  const [before, words] = [baseline.get(group), pair.get(group)]
  if (words === undefined) return
  let same = 0
  while (same < words.length && words[same] === before?.[same]) same += 1
  if (same === words.length) state.groups.delete(group)
  else state.groups.set(group, words)
}
