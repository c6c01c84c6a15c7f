import { type Machine, type PhysRange, physAddr } from '@memhp/core'
import { listLeaves, type Translation, translate } from '@memhp/core/inspect'
import type { MappingEntry, MappingRange, RegionName } from '@memhp/core/plugin'
import { CliError, EXIT } from '../../errors'

/** A run of equal leaves, or hash entries, of one of the kernel's mappings. Virtual addresses, end exclusive. */
export interface MappingRun {
  readonly region: RegionName
  readonly start: bigint
  readonly end: bigint
  readonly leafBytes: number
  readonly count: number
  readonly flags: string
}

/** Where an address leads: through a leaf of page tables, or an entry of the hash page table. */
export type MappedTo =
  | Translation
  | {
      readonly region: RegionName
      readonly physicalAddress: number
      readonly entryBytes: number
      readonly place: string
    }

/** An address and where it leads; no translation where nothing is mapped. */
export interface MappedAddress {
  readonly what: string
  readonly virtualAddress: bigint
  readonly translation: MappedTo | undefined
}

/** The entries that an architecture without page tables has for a range. @throws CliError where it has neither */
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

/** The struct pages of a physical range, in bytes from the vmemmap's base. */
function memmapRange(machine: Machine, { start, end }: PhysRange): MappingRange {
  const { pageBytes } = machine.geometry
  const { structPageBytes } = machine.arch.geometry
  const offset = (start / pageBytes) * structPageBytes
  return { region: 'vmemmap', offset, sizeBytes: (end / pageBytes) * structPageBytes - offset }
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
        flags: 'bolted',
      })
  }
  return runs
}

/**
 * How the kernel maps a physical range: the memory itself in the direct map, then its struct pages in the vmemmap.
 * @param range whole memory blocks
 */
export function mappingRuns(machine: Machine, range: PhysRange): readonly MappingRun[] {
  if (machine.arch.geometry.pageTables === undefined)
    return runsOfEntries(entriesOf(machine, range))
  const { start, end } = range
  const direct: MappingRange = { region: 'direct', offset: start, sizeBytes: end - start }
  return [direct, memmapRange(machine, range)].flatMap((part) =>
    listLeaves(machine, part).map((run) => ({ region: part.region, ...run })),
  )
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
  return { region, physicalAddress: physicalAddress + within, entryBytes: pageBytes, place }
}

/** The regions of a machine whose kernel has a hash page table. */
function hashRegion(machine: Machine, region: RegionName): RegionView {
  const { pageBytes } = machine.geometry
  const perPage = region === 'direct' ? pageBytes : machine.arch.geometry.structPageBytes
  const first = entriesOf(machine, { start: physAddr(0), end: physAddr(pageBytes) }).find(
    (entry) => entry.region === region,
  )
  const base = first === undefined ? KERNEL_HALF : first.virtualAddress - BigInt(first.offset)
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

function regionOf(machine: Machine, region: RegionName): RegionView {
  const { pageTables } = machine.arch.geometry
  if (pageTables === undefined) return hashRegion(machine, region)
  return {
    base: pageTables.regions[region].base,
    lookUp: (virtualAddress) => translate(machine, virtualAddress),
  }
}

/**
 * Looks an address up as the processor does: a virtual one as it is; a physical one where the direct map shows it,
 * and where its struct page is.
 */
export function mappedAddresses(machine: Machine, address: bigint): readonly MappedAddress[] {
  const [direct, vmemmap] = [regionOf(machine, 'direct'), regionOf(machine, 'vmemmap')]
  const at = (what: string, virtualAddress: bigint): MappedAddress => ({
    what,
    virtualAddress,
    translation: (virtualAddress >= vmemmap.base ? vmemmap : direct).lookUp(virtualAddress),
  })
  if (address >= KERNEL_HALF) return [at('Virtual address', address)]
  const pfn = address / BigInt(machine.geometry.pageBytes)
  const structPage = pfn * BigInt(machine.arch.geometry.structPageBytes)
  return [at('Memory', direct.base + address), at('Its struct page', vmemmap.base + structPage)]
}
