import type { PhysRange } from '../address/range'
import { kernelTables, regionPart } from '../mapping/kernel-tables'
import { directRange } from '../mapping/region-range'
import { walkTables } from '../mapping/table-walk'
import type { FixedDirectMap } from '../model/kernel-mapping'
import type { Machine } from '../model/machine'
import type { LeftLeaf } from '../model/mapping-change'

/** Leaves of the direct map that map a range still. */
function left(machine: Machine, range: PhysRange): readonly LeftLeaf[] {
  const found: LeftLeaf[] = []
  const tables = kernelTables(machine)
  walkTables(tables, regionPart(tables, directRange(machine, range)), {
    leaf: ({ offset, sizeBytes }) =>
      void found.push({ offset, leafBytes: sizeBytes, count: 1, reason: 'leaked' }),
  })
  return found
}

/** A direct map that adding and removing memory leaves as it is. @beta */
export const FIXED_AT_BOOT: FixedDirectMap = { left }
