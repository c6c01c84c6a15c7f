import { type Machine, type PhysRange, physAddr } from '@memhp/core'
import {
  directRange,
  highmemStart,
  listLeaves,
  memmapRange,
  regionBase,
  regionStart,
  type Translation,
  translate,
} from '@memhp/core/inspect'
import type { FixedRegion, FixedTranslation, MappingEntry, RegionName } from '@memhp/core/plugin'
import { CliError, EXIT } from '../../errors'

/** A run of equal leaves, hash entries or translations of one of the kernel's mappings. Virtual addresses, end exclusive. */
export interface MappingRun {
  readonly region: RegionName
  readonly start: bigint
  readonly end: bigint
  readonly leafBytes: number
  readonly count: number
  readonly flags: string
}

/** Where an address leads: through a leaf of page tables, an entry of the hash page table, or a translation without either. */
export type MappedTo =
  | Translation
  | {
      readonly region: RegionName
      readonly physicalAddress: number
      readonly by: 'hash entry' | 'translation' | 'window'
      readonly entryBytes: number
      readonly place: string
    }

/** An address and where it leads; no translation where nothing is mapped. */
export interface MappedAddress {
  readonly what: string
  readonly virtualAddress: bigint
  readonly translation: MappedTo | undefined
}

/** The hash entries that an architecture has for a range. @throws CliError where it has neither them nor page tables */
function entriesOf(machine: Machine, range: PhysRange): readonly MappingEntry[] {
  const { arch } = machine
  if (arch.entries !== undefined) return arch.entries(machine, range)
  throw new CliError(
    `${arch.name} maps kernel memory by neither page tables nor a hash page table`,
    {
      exitCode: EXIT.refused,
    },
  )
}

/** What mappings that are not by page tables have in place of flags, and what it means. */
const FLAG_WORDS = {
  bolted: 'never evicted from the hash page table',
  fixed: 'translated by a fixed rule, without an entry of a table',
} as const

/** What the flags of a machine's mappings mean, letter by letter or word by word. */
export function flagMeanings({ arch }: Machine): Readonly<Record<string, string>> {
  const { tables, direct, vmemmap } = arch.mapping
  const { bolted, fixed } = FLAG_WORDS
  return {
    ...tables?.entries.flagMeanings,
    ...(direct.kind === 'hash' || vmemmap.kind === 'hash' ? { bolted } : {}),
    ...(direct.kind === 'fixed' ? { fixed } : {}),
  }
}

/** Entries next to each other as runs. */
function runsOfEntries(entries: readonly MappingEntry[]): readonly MappingRun[] {
  const runs: MappingRun[] = []
  for (const { region, virtualAddress, pageBytes } of entries) {
    const last = runs.at(-1)
    const end = virtualAddress + BigInt(pageBytes)
    if (last !== undefined && last.region === region && last.end === virtualAddress)
      runs[runs.length - 1] = { ...last, end, count: last.count + 1 }
    else
      runs.push({
        region,
        start: virtualAddress,
        end,
        leafBytes: pageBytes,
        count: 1,
        flags: 'bolted' satisfies keyof typeof FLAG_WORDS,
      })
  }
  return runs
}

/**
 * How the kernel maps a physical range: the memory itself in the direct map, then its struct pages in the vmemmap.
 * @param range whole memory blocks
 */
export function mappingRuns(machine: Machine, range: PhysRange): readonly MappingRun[] {
  const { tables, direct, vmemmap } = machine.arch.mapping
  const fixed = direct.kind === 'fixed' ? runsOfTranslations(machine, direct, range) : []
  if (tables === undefined)
    return direct.kind === 'fixed' ? fixed : runsOfEntries(entriesOf(machine, range))
  // HighMem is in no direct map, and a region may begin with the memory of boot.
  const end = Math.min(range.end, highmemStart(machine.arch.geometry))
  const start = Math.max(range.start, regionStart(direct))
  const described = { start: Math.max(range.start, regionStart(vmemmap)), end: range.end }
  const parts = [
    ...(direct.kind === 'radix' && start < end ? [directRange(machine, { start, end })] : []),
    ...(vmemmap.kind === 'radix' && described.start < described.end
      ? [memmapRange(machine, described)]
      : []),
  ]
  return [
    ...fixed,
    ...parts.flatMap((part) =>
      listLeaves(machine, part).map((run) => ({ region: part.region, ...run })),
    ),
  ]
}

/** Addresses from here on are the kernel's own virtual ones. */
const KERNEL_HALF = 2n ** 63n

/** What is asked about a region: its first virtual address, and where a virtual address of it leads. */
interface RegionView {
  readonly base: bigint
  readonly lookUp: (virtualAddress: bigint) => MappedTo | undefined
}

function leadsTo(entry: MappingEntry, virtualAddress: bigint): MappedTo {
  const { region, physicalAddress, pageBytes, place } = entry
  const within = Number(virtualAddress - entry.virtualAddress)
  return {
    region,
    physicalAddress: physicalAddress + within,
    by: 'hash entry',
    entryBytes: pageBytes,
    place,
  }
}

/** A region whose pages are in the hash page table. */
function hashRegion(
  machine: Machine,
  { region, base }: { readonly region: RegionName; readonly base: bigint },
): RegionView {
  const { pageBytes } = machine.geometry
  const perPage = region === 'direct' ? pageBytes : machine.arch.geometry.structPageBytes
  return {
    base,
    lookUp(virtualAddress) {
      const page = Number((virtualAddress - base) / BigInt(perPage)) * pageBytes
      if (virtualAddress < base || page >= 2 ** machine.arch.geometry.maxPhysMemBits)
        return undefined
      const range = { start: physAddr(page), end: physAddr(page + pageBytes) }
      const found = entriesOf(machine, range).find((entry) => entry.region === region)
      return found && leadsTo(found, virtualAddress)
    },
  }
}

/** A direct map without tables: by translations, or through one window over all of it. */
function fixedRegion(machine: Machine, mapping: FixedRegion): RegionView {
  const { start, end } = machine.arch.mappable
  return {
    base: mapping.base,
    lookUp(virtualAddress) {
      const physicalAddress = Number(virtualAddress - mapping.base)
      if (physicalAddress < start || physicalAddress >= end) return undefined
      const found = translationAt(machine, mapping, physicalAddress)
      if (found === null) return undefined
      const by = mapping.translation === undefined ? 'window' : 'translation'
      return { region: 'direct', physicalAddress, by, entryBytes: found.bytes, place: found.place }
    },
  }
}

function translationAt(
  machine: Machine,
  { base, translation }: FixedRegion,
  address: number,
): FixedTranslation | null {
  if (translation !== undefined) return translation(machine, address)
  const { start, end } = machine.arch.mappable
  return { start, bytes: end - start, place: `from 0x${(base + BigInt(start)).toString(16)}` }
}

/** The translations of a range as runs of equal ones. Where a block is not mapped, none. */
function runsOfTranslations(
  machine: Machine,
  mapping: FixedRegion,
  range: PhysRange,
): readonly MappingRun[] {
  const { blockBytes } = machine.geometry
  const runs: MappingRun[] = []
  for (let at: number = range.start; at < range.end; ) {
    const found = translationAt(machine, mapping, at)
    if (found === null) {
      at = (Math.floor(at / blockBytes) + 1) * blockBytes
      continue
    }
    const start = mapping.base + BigInt(found.start)
    const end = start + BigInt(found.bytes)
    const last = runs.at(-1)
    if (last !== undefined && last.end === start && last.leafBytes === found.bytes)
      runs[runs.length - 1] = { ...last, end, count: last.count + 1 }
    else
      runs.push({
        region: 'direct',
        start,
        end,
        leafBytes: found.bytes,
        count: 1,
        flags: 'fixed' satisfies keyof typeof FLAG_WORDS,
      })
    at = found.start + found.bytes
  }
  return runs
}

/** A region as addresses of it are looked up. One that the kernel has not leads nowhere. */
function regionOf(machine: Machine, region: RegionName): RegionView {
  const mapping = machine.arch.mapping[region]
  const base = regionBase(mapping) ?? KERNEL_HALF
  if (mapping.kind === 'hash') return hashRegion(machine, { region, base })
  if (mapping.kind === 'fixed') return fixedRegion(machine, mapping)
  if (mapping.kind !== 'radix') return { base, lookUp: () => undefined }
  return { base, lookUp: (virtualAddress) => translate(machine, virtualAddress) }
}

/**
 * Looks an address up as the processor does: a virtual one as it is; a physical one where the direct map shows it,
 * and where its struct page is.
 */
export function mappedAddresses(machine: Machine, address: bigint): readonly MappedAddress[] {
  const [direct, vmemmap] = [regionOf(machine, 'direct'), regionOf(machine, 'vmemmap')]
  const highestFirst = direct.base < vmemmap.base ? [vmemmap, direct] : [direct, vmemmap]
  const at = (what: string, virtualAddress: bigint): MappedAddress => {
    const region = highestFirst.find(({ base }) => virtualAddress >= base)
    return { what, virtualAddress, translation: region?.lookUp(virtualAddress) }
  }
  if (address >= KERNEL_HALF) return [at('Virtual address', address)]
  const { mapping } = machine.arch
  const pageBytes = BigInt(machine.geometry.pageBytes)
  const pfn = address / pageBytes - BigInt(regionStart(mapping.vmemmap)) / pageBytes
  const structPage = pfn * BigInt(machine.arch.geometry.structPageBytes)
  const offset = address - BigInt(regionStart(mapping.direct))
  return [
    ...(mapping.direct.kind === 'none' ? [] : [at('Memory', direct.base + offset)]),
    ...(mapping.vmemmap.kind === 'none' ? [] : [at('Its struct page', vmemmap.base + structPage)]),
  ]
}
