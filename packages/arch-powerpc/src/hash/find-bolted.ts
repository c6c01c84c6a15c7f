import { alignDown, type Machine } from '@memhp/core'
import type { PowerpcOptions } from '../options'
import { parseOptions } from '../options'
import { ENTRIES_PER_GROUP, type HpteWords, readEntry } from './entries'
import { hashTable } from './hash'
import { findEntry, readPair } from './read-table'
import { type BoltedEntry, hashedPage } from './table'

/** The options that a machine was made with. */
const optionsOf = (machine: Machine): PowerpcOptions =>
  parseOptions(machine.description.archOptions ?? {})

/**
 * Looks a kernel address up in the hash page table, as the processor does: the group of the page's hash, then that of its
 * complement.
 * @param virtualAddress 64 bits, unsigned
 * @returns undefined where nothing is bolted, or outside the linear mapping and the vmemmap
 * Invariant: the machine has a hash page table.
 */
export function findBolted(machine: Machine, virtualAddress: bigint): BoltedEntry | undefined {
  const table = hashTable(machine, optionsOf(machine))
  const { linear, vmemmap } = table.shape
  const region = virtualAddress >= vmemmap.base ? vmemmap : linear
  const distance = virtualAddress - region.base
  if (distance < 0n || distance >= 2n ** 53n) return undefined
  const offset = alignDown(Number(distance), region.pageBytes)
  return findEntry(table, hashedPage(table, { region, offset, address: 0 }))
}

/**
 * The eight entries of a group of the hash page table.
 * @returns undefined where the table has no such group
 */
export function listGroup(machine: Machine, group: number): readonly HpteWords[] | undefined {
  const table = hashTable(machine, optionsOf(machine))
  if (!Number.isInteger(group) || group < 0 || group >= 2 ** (table.state.shift - 7)) {
    return undefined
  }
  const words = readPair(table, group).get(group)
  return words && Array.from({ length: ENTRIES_PER_GROUP }, (_, slot) => readEntry(words, slot))
}
