import { alignDown, type Machine, type PhysRange } from '@memhp/core'
import type { MappingEntry } from '@memhp/core/plugin'
import { BOOT_FRAME_BASE } from '../geometry'
import type { HashRegion } from './address'
import { findEntry } from './read-table'
import { type HashTable, hashedPage } from './table'

/** What the struct pages of a range take, in bytes from the vmemmap's base. */
function memmapOf(machine: Machine, { start, end }: PhysRange): { start: number; end: number } {
  const perByte = machine.arch.geometry.structPageBytes / machine.geometry.pageBytes
  return { start: start * perByte, end: end * perByte }
}

/**
 * The bolted entries of a range and of its struct pages, in the order of their addresses. What is not bolted is left out.
 */
export function listEntries(
  machine: Machine,
  table: HashTable,
  range: PhysRange,
): readonly MappingEntry[] {
  const { linear, vmemmap } = table.shape
  return [
    ...entriesOf(table, linear, range),
    ...entriesOf(table, vmemmap, memmapOf(machine, range)),
  ]
}

function entriesOf(
  table: HashTable,
  region: HashRegion,
  { start, end }: { readonly start: number; readonly end: number },
): MappingEntry[] {
  const { pageBytes, base, name } = region
  const entries: MappingEntry[] = []
  for (let offset = alignDown(start, pageBytes); offset < end; offset += pageBytes) {
    const found = findEntry(table, hashedPage(table, { region, offset, address: 0 }))
    if (found === undefined) continue
    const { physicalAddress, group, slot, kind } = found
    const isBoot = physicalAddress >= BOOT_FRAME_BASE
    entries.push({
      region: name === 'linear' ? 'direct' : 'vmemmap',
      virtualAddress: base + BigInt(offset),
      offset,
      pageBytes,
      physicalAddress,
      place: `group 0x${group.toString(16)}, slot ${slot}${kind === 'primary' ? '' : ', secondary'}`,
      backing: name === 'linear' ? 'memory' : isBoot ? 'boot' : 'allocated',
    })
  }
  return entries
}
