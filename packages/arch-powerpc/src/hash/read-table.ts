import { baselinePair, complementOf, type GroupPair, type HashedPage } from './baseline-groups'
import { enterChanges } from './changes'
import { type BoltedEntry, findInPair, type HashTable } from './table'

/** A group and its complement as they are, to read only. Changes that are listed are entered first. */
export function readPair(table: HashTable, group: number): GroupPair {
  enterChanges(table)
  const { groups } = table.state
  const other = complementOf(table.state, group)
  const [own, complement] = [groups.get(group), groups.get(other)]
  if (own !== undefined && complement !== undefined) {
    return new Map([
      [group, own],
      [other, complement],
    ])
  }
  const baseline = baselinePair(table, group)
  return new Map([...baseline].map(([number, words]) => [number, groups.get(number) ?? words]))
}

/** Looks in the first group of a page, then in the other. */
export function findEntry(
  table: HashTable,
  wanted: Omit<HashedPage, 'address'>,
): BoltedEntry | undefined {
  return findInPair(table.state, readPair(table, wanted.group), wanted)
}
