import {
  listLeaves,
  type Machine,
  type MappingRange,
  type PageTableGeometry,
  type PhysRange,
  type RegionName,
  type Translation,
  translate,
} from '@memhp/core'
import { CliError, EXIT } from '../../errors'

/** A run of equal leaves of one of the kernel's mappings. Virtual addresses, end exclusive. */
export interface MappingRun {
  readonly region: RegionName
  readonly start: bigint
  readonly end: bigint
  readonly leafBytes: number
  readonly count: number
  readonly flags: string
}

/** An address and where it leads; no translation where nothing is mapped. */
export interface MappedAddress {
  readonly what: string
  readonly virtualAddress: bigint
  readonly translation: Translation | undefined
}

/** The shape of the machine's page tables. @throws CliError where its architecture has none */
function pageTablesOf(machine: Machine): PageTableGeometry {
  const { name, geometry } = machine.arch
  if (geometry.pageTables !== undefined) return geometry.pageTables
  throw new CliError(`${name} maps kernel memory without page tables`, { exitCode: EXIT.refused })
}

/** The struct pages of a physical range, in bytes from the vmemmap's base. */
function memmapRange(machine: Machine, { start, end }: PhysRange): MappingRange {
  const { pageBytes } = machine.geometry
  const { structPageBytes } = machine.arch.geometry
  const offset = (start / pageBytes) * structPageBytes
  return { region: 'vmemmap', offset, sizeBytes: (end / pageBytes) * structPageBytes - offset }
}

/**
 * How the kernel maps a physical range: the memory itself in the direct map, then its struct pages in the vmemmap.
 * @param range whole memory blocks
 */
export function mappingRuns(machine: Machine, range: PhysRange): readonly MappingRun[] {
  pageTablesOf(machine)
  const { start, end } = range
  const direct: MappingRange = { region: 'direct', offset: start, sizeBytes: end - start }
  return [direct, memmapRange(machine, range)].flatMap((part) =>
    listLeaves(machine, part).map((run) => ({ region: part.region, ...run })),
  )
}

/** Addresses from here on are the kernel's own virtual ones. */
const KERNEL_HALF = 2n ** 63n

/**
 * Walks the page tables at an address: a virtual one as it is; a physical one where the direct map shows it,
 * and where its struct page is.
 */
export function mappedAddresses(machine: Machine, address: bigint): readonly MappedAddress[] {
  const { regions } = pageTablesOf(machine)
  const at = (what: string, virtualAddress: bigint): MappedAddress => ({
    what,
    virtualAddress,
    translation: translate(machine, virtualAddress),
  })
  if (address >= KERNEL_HALF) return [at('Virtual address', address)]
  const pfn = address / BigInt(machine.geometry.pageBytes)
  const structPage = pfn * BigInt(machine.arch.geometry.structPageBytes)
  return [
    at('Memory', regions.direct.base + address),
    at('Its struct page', regions.vmemmap.base + structPage),
  ]
}
