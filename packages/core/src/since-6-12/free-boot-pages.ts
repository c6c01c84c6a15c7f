import type { NodeId } from '../address/brand'
import type { Machine } from '../model/machine'
import type { MappingChange, RegionChange } from '../model/mapping-change'
import { freeReservedPages } from './free-reserved'

/** Pages of boot's tables and struct pages that go are the allocator's from then on. */
export function freeBootPages(
  machine: Machine,
  nodeId: NodeId,
  change: MappingChange,
): MappingChange {
  const freed = (region: RegionChange): RegionChange => {
    const { bootTablePages, framePages } = region
    if (bootTablePages + framePages.boot === 0) return region
    const frames = freeReservedPages(machine, { nodeId, pages: framePages.boot })
    const tables = freeReservedPages(machine, { nodeId, pages: Math.floor(bootTablePages) })
    return {
      ...region,
      tablePages: region.tablePages + tables,
      bootTablePages: bootTablePages - tables,
      framePages: {
        ...framePages,
        allocator: framePages.allocator + frames,
        boot: framePages.boot - frames,
      },
    }
  }
  return { direct: freed(change.direct), memmap: freed(change.memmap) }
}
