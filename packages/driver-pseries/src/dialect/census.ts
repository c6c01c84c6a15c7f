import type { FirmwareCensus } from '@memhp/core/plugin'
import {
  DYNAMIC_MEMORY,
  LMB_SIZE_FILE,
  LMB_TABLE_FILES,
  parseLmbSize,
  parseLmbTable,
} from './dynamic-memory'
import { isAssignedLmb } from './lmb'
import { drcIndexOf } from './lmb-name'

/** All LMBs as one: there may be many, and each is one flag of the device tree. */
export const PSERIES_CENSUS: FirmwareCensus = {
  thing: 'LMBs assigned in the device tree',
  sum: 'LMBs assigned',
  shown: 'together',
  record: null,
  open(tree) {
    const file = LMB_TABLE_FILES.find(
      (name) => tree.lookup(`${DYNAMIC_MEMORY}/${name}`) !== undefined,
    )
    if (file === undefined) return () => ({ state: null, count: 0 })
    const lmbBytes = parseLmbSize(tree.read(`${DYNAMIC_MEMORY}/${LMB_SIZE_FILE}`))
    const text = tree.read(`${DYNAMIC_MEMORY}/${file}`)
    const runs = parseLmbTable(file, { text, lmbBytes }).filter(isAssignedLmb)
    return (name) => {
      const index = drcIndexOf(name) ?? -1
      const isAssigned = runs.some(
        ({ drcIndex, count }) => drcIndex <= index && index < drcIndex + count,
      )
      return { state: isAssigned ? 'assigned' : null, count: isAssigned ? 1 : 0 }
    }
  },
}
