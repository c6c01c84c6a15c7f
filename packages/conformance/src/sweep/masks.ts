import type { MemoryBlock } from '@memhp/core'

/** What `canonicalMemory` gives: everything that a fingerprint covers, as plain data. */
export type CanonicalMemory = Readonly<Record<string, unknown>>

/** A part of the memory that has fields. */
export const record = (value: unknown): CanonicalMemory => value as CanonicalMemory
const list = (value: unknown): readonly CanonicalMemory[] => value as readonly CanonicalMemory[]

/** The memory with some of the entries of each zone left out. */
export const withoutOfZones = (
  memory: CanonicalMemory,
  names: readonly string[],
): CanonicalMemory => ({
  ...memory,
  zones: list(memory.zones).map((zone) =>
    Object.fromEntries(Object.entries(zone).filter(([name]) => !names.includes(name))),
  ),
})

/** The memory without some of its parts. */
export const withoutKeys = (memory: CanonicalMemory, names: readonly string[]): CanonicalMemory =>
  Object.fromEntries(Object.entries(memory).filter(([name]) => !names.includes(name)))

/** The memory with some fields of its blocks as if they were the same in all. */
function withoutOfBlocks(memory: CanonicalMemory, same: Partial<MemoryBlock>): CanonicalMemory {
  if (memory.blocks === undefined) return memory
  const blocks = record(memory.blocks)
  const changed = (blocks.changed as readonly MemoryBlock[]).map((block) => ({ ...block, ...same }))
  return { ...memory, blocks: { ...blocks, changed } }
}

/** The memory without some of the fields of what drivers know, at whatever depth. */
export const withoutOfDrivers = (
  memory: CanonicalMemory,
  names: readonly string[],
): CanonicalMemory => ({ ...memory, drivers: withoutFields(memory.drivers, names) })

/** Plain data without the fields of these names. */
function withoutFields(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map((each) => withoutFields(each, names))
  if (value instanceof Map)
    return new Map([...value].map(([key, each]) => [key, withoutFields(each, names)]))
  if (value instanceof Set) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !names.includes(name))
      .map(([name, each]) => [name, withoutFields(each, names)]),
  )
}

/** The memory without what binds blocks to a device, and what the kernel knows of that. */
export const withoutBinding = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfBlocks(withoutOfDrivers(memory, BINDING), { firmwareNode: null })

const BINDING = ['memory', 'enumerated', 'physicalNodes', 'power']

export const withoutStoredTypes = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfBlocks(memory, { pendingType: 'offline' })

/** What counts a zone's pages, and its span. */
export const ZONE_COUNTS: readonly string[] = [
  'startPfn',
  'spannedPages',
  'presentPages',
  'managedPages',
  'online',
  'freePages',
]

/** The memory without what tells blocks that are online from those that are not. */
export const withoutOnline = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfZones(
    withoutKeys(memory, [
      'sections',
      'blocks',
      'nodes',
      'groups',
      'totalManagedPages',
      'pageCgroupTables',
    ]),
    [...ZONE_COUNTS, 'free'],
  )

/** The memory without what maps it and describes its pages, and the pages that this takes. */
export const withoutMappings = (memory: CanonicalMemory): CanonicalMemory =>
  withoutOfZones(withoutKeys(memory, ['sections', 'arch']), ['freePages'])

/** The memory without where pages in use lie. */
export const withoutPlaces = (memory: CanonicalMemory): CanonicalMemory =>
  withoutKeys(memory, ['sections', 'arch', 'allocations', 'hugePools'])
