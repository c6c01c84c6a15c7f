import {
  InvariantViolation,
  invariant,
  type Machine,
  type Range,
  type SectionNr,
} from '@memhp/core'
import { blockOfSection, findBlock, type Section } from '@memhp/core/inspect'
import type { HashRegion } from './address'
import {
  baselinePair,
  lowerGroup,
  type PagesByPair,
  pagesByPair,
  pagesOfPair,
} from './baseline-groups'
import { enterChanges } from './changes'
import { ENTRIES_PER_GROUP, isBolted, isSecondary, isValid, readEntry } from './entries'
import { findEntry, readPair } from './read-table'
import { findInPair, type HashTable, hashedPage } from './table'
import { holdsAny, isListed } from './vmemmap-list'

/**
 * Checks the hash page table against the kernel's lists and the sections. Costs what is written down, not what
 * boot bolted.
 * @param mapped sections whose entries are looked at, and nothing else; all where it is left out
 * @throws InvariantViolation
 * Source: spec 7.5, 8.10; series, 5.3.1 (P-2).
 */
export function checkHashTable(
  machine: Machine,
  table: HashTable,
  mapped?: ReadonlySet<SectionNr>,
): void {
  const { state } = table
  const { separated } = machine.state.memory.sections
  for (const nr of mapped ?? separated.keys()) {
    const section = separated.get(nr)
    if (section !== undefined) checkSection(machine, table, section)
  }
  if (mapped !== undefined) return
  enterChanges(table)
  const pages = pagesByPair(table, {
    linear: state.linear.ranges,
    bootVmemmap: state.bootVmemmap.ranges,
    vmemmap: state.vmemmap,
  })
  let entries = 0
  for (const lower of changedPairs(state)) entries += checkPair(table, lower, pages)
  checkCount(table, entries)
  for (const offset of state.vmemmap.keys()) {
    invariant(holdsAny(machine, table, offset), `vmemmap 0x${offset.toString(16)} has no section.`)
  }
}

/** The lower group of each pair in which something changed since the baseline. */
const changedPairs = (state: HashTable['state']): ReadonlySet<number> =>
  new Set([...state.groups.keys()].map((group) => lowerGroup(state, group)))

/**
 * The entries of a group and of its complement are those of the pages that hash there, each once.
 * @returns how many entries came since the baseline, less those that went
 */
function checkPair(table: HashTable, group: number, pages: PagesByPair): number {
  const { state } = table
  let added = 0
  for (const [number, baseline] of baselinePair(table, group)) {
    const stored = state.groups.get(number)
    if (stored === undefined) continue
    const isBaseline = baseline.every((word, i) => word === stored[i])
    invariant(!isBaseline, `Group ${number} is stored although it is as in the baseline.`)
    added += validEntries(stored) - validEntries(baseline)
  }
  const pair = readPair(table, group)
  const wanted = pagesOfPair(table, pages, group)
  for (const page of wanted) {
    const found = findInPair(state, pair, page)
    invariant(found, `Group ${page.group}: address ${page.address} is not bolted.`)
    invariant(found.physicalAddress === page.address, `Group ${page.group} maps elsewhere.`)
    const isRight = isSecondary(found.v) === (found.kind === 'secondary') && isBolted(found.v)
    invariant(isRight, `Group ${found.group}, slot ${found.slot}: the flags are wrong.`)
  }
  const entries = [...pair.values()].reduce((sum, words) => sum + validEntries(words), 0)
  invariant(
    entries === wanted.length,
    `Groups of ${group}: ${entries} entries for ${wanted.length}.`,
  )
  return added
}

function validEntries(group: Uint32Array): number {
  let count = 0
  for (let slot = 0; slot < ENTRIES_PER_GROUP; slot++)
    if (isValid(readEntry(group, slot).v)) count += 1
  return count
}

/** There are as many bolted entries as pages: what came and went since the baseline is in the changed groups. */
function checkCount(table: HashTable, entries: number): void {
  const { shape, state } = table
  const pages = (ranges: readonly Range[], region: HashRegion): number =>
    ranges.reduce((sum, range) => sum + (range.end - range.start) / region.pageBytes, 0)
  const total = (from: {
    readonly linear: readonly Range[]
    readonly bootVmemmap: readonly Range[]
    readonly vmemmap: ReadonlyMap<number, number>
  }): number =>
    pages(from.linear, shape.linear) + pages(from.bootVmemmap, shape.vmemmap) + from.vmemmap.size
  const current = { linear: state.linear.ranges, bootVmemmap: state.bootVmemmap.ranges }
  const wanted = total({ ...current, vmemmap: state.vmemmap }) - total(state.baseline)
  invariant(entries === wanted, `${entries} entries came since the baseline, and ${wanted} pages.`)
}

/** A section that was hot-added or touched has its struct pages, and its memory if it belongs to a block. */
function checkSection(machine: Machine, table: HashTable, section: Readonly<Section>): void {
  const { memmapBytesPerSection, sectionBytes } = machine.geometry
  const { linear, vmemmap } = table.shape
  const { nr } = section
  const first = nr * memmapBytesPerSection
  const offset = first - (first % vmemmap.pageBytes)
  invariant(isListed(table, offset), `Section ${nr}: its struct pages are not listed.`)
  demandBolted(table, { region: vmemmap, offset })
  const block = findBlock(machine, blockOfSection(machine, nr))
  if (section.early || block === undefined) return
  for (let at = nr * sectionBytes; at < (nr + 1) * sectionBytes; at += linear.pageBytes) {
    demandBolted(table, { region: linear, offset: at })
  }
}

function demandBolted(
  table: HashTable,
  at: { readonly region: HashRegion; readonly offset: number },
): void {
  if (findEntry(table, hashedPage(table, { ...at, address: 0 })) !== undefined) return
  throw new InvariantViolation(
    `${at.region.name} offset 0x${at.offset.toString(16)} is not bolted.`,
  )
}
