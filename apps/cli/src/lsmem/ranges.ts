import type { ColumnName } from './column'
import { type LsmemBlock, UNKNOWN_ZONE } from './read-blocks'

/** Neighbours that are shown as one. What they need not share is shown of the first. */
export interface LsmemRange {
  readonly first: LsmemBlock
  readonly last: LsmemBlock
}

/** Whether two blocks have the same in a column. */
export type Alike = (a: LsmemBlock, b: LsmemBlock) => boolean

const sameZones: Alike = ({ zones }, { zones: others }) => {
  if (zones === others) return !zones.includes(UNKNOWN_ZONE)
  return (
    zones.length === others.length &&
    zones.every((zone, at) => zone !== UNKNOWN_ZONE && zone === others[at])
  )
}

/** Of the columns by which lsmem splits ranges. It compares what was read, whether it is shown or not. */
export const ALIKE: Readonly<Partial<Record<ColumnName, Alike>>> = {
  STATE: (a, b) => a.state === b.state,
  REMOVABLE: (a, b) => a.removable === b.removable,
  NODE: (a, b) => a.node === b.node,
  ZONES: sameZones,
  CONFIGURED: (a, b) => a.isConfigured === b.isConfigured,
  'MEMMAP-ON-MEMORY': (a, b) => a.memmapOnMemory === b.memmapOnMemory,
}

/** Joins neighbours that are alike in all that is asked. */
export function joinBlocks(
  blocks: readonly LsmemBlock[],
  alike: readonly Alike[],
): readonly LsmemRange[] {
  const ranges: LsmemRange[] = []
  let [first] = blocks
  let last = first
  for (const block of blocks) {
    if (first === undefined || last === undefined) break
    if (block.id !== last.id + 1 || !areAlike(first, block, alike)) {
      if (block !== first) ranges.push({ first, last })
      first = block
    }
    last = block
  }
  return first === undefined || last === undefined ? ranges : [...ranges, { first, last }]
}

function areAlike(a: LsmemBlock, b: LsmemBlock, alike: readonly Alike[]): boolean {
  for (const same of alike) if (!same(a, b)) return false
  return true
}
