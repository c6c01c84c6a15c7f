import type { Machine } from '@memhp/core'
import type { MappingEntry, RegionName } from '@memhp/core/plugin'
import { type BackingCensus, describesOthers } from './count-tables'
import type { Scope } from './scope'

/** Entries of one mapping for some memory. */
export interface EntryCount {
  /** Bytes of a page; 0 where there is none. */
  readonly pageBytes: number
  readonly entries: number
  /** Those among them that hold struct pages of other memory that is there: they stay. */
  readonly staying: number
}

/** How a kernel without page tables maps some memory: the entries of a hash page table. */
export interface EntryCensus {
  readonly direct: EntryCount
  readonly vmemmap: EntryCount
  /** Where the struct pages stand, in base pages. */
  readonly backing: BackingCensus
}

/** Entries of all ranges of a scope, each once: a page may reach from one range into the next. */
function entriesOf(machine: Machine, scope: Scope): readonly MappingEntry[] {
  const found = new Map<bigint, MappingEntry>()
  for (const range of scope.ranges) {
    for (const entry of machine.arch.entries?.(machine, range) ?? [])
      found.set(entry.virtualAddress, entry)
  }
  return [...found.values()]
}

function countBacking(machine: Machine, entries: readonly MappingEntry[]): BackingCensus {
  const pages = (backing: MappingEntry['backing']): number =>
    entries
      .filter((entry) => entry.region === 'vmemmap' && entry.backing === backing)
      .reduce((sum, { pageBytes }) => sum + pageBytes / machine.geometry.pageBytes, 0)
  return { allocated: pages('allocated'), selfHosted: 0, boot: pages('boot') }
}

/**
 * Counts the entries that map a scope.
 * @returns null on an architecture that has page tables
 */
export function countEntries(machine: Machine, scope: Scope): EntryCensus | null {
  if (machine.arch.entries === undefined) return null
  const entries = entriesOf(machine, scope)
  const count = (name: RegionName): EntryCount => {
    const own = entries.filter(({ region }) => region === name)
    const staying = own.filter(
      ({ offset, pageBytes }) =>
        name === 'vmemmap' &&
        describesOthers(machine, scope, { start: offset, end: offset + pageBytes }),
    )
    return {
      pageBytes: own[0]?.pageBytes ?? 0,
      entries: own.length,
      staying: staying.length,
    }
  }
  return {
    direct: count('direct'),
    vmemmap: count('vmemmap'),
    backing: countBacking(machine, entries),
  }
}
