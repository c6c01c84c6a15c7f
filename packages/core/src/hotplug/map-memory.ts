import { freeReservedPages } from '../allocator/free-reserved'
import { recordMapping } from '../machine/journal'
import type { ArchAddRequest, ArchRemoveRequest } from '../model/arch'
import type { Machine } from '../model/machine'
import type { MappingChange, RegionChange } from '../model/mapping-change'

/** Has the arch map memory, and notes what came. @throws HotplugError as `Arch.addMemory` */
export function mapMemory(machine: Machine, request: ArchAddRequest): void {
  const change = machine.arch.addMemory(machine, request)
  recordMapping(machine, { operation: 'add', range: request.range, change })
  const { journal } = machine.state
  journal.endPfn = Math.max(journal.endPfn, request.range.end / machine.geometry.pageBytes)
}

/** Has the arch take the mapping of memory away, and notes what went and what is left. */
export function unmapMemory(machine: Machine, request: ArchRemoveRequest): void {
  const change = freeBootPages(machine, request, machine.arch.removeMemory(machine, request))
  countBootTables(machine, change)
  recordMapping(machine, { operation: 'remove', range: request.range, change })
}

/** Where the kernel frees them, pages of boot's tables and struct pages that go are the allocator's from then on. */
function freeBootPages(
  machine: Machine,
  { nodeId }: ArchRemoveRequest,
  change: MappingChange,
): MappingChange {
  if (machine.generation.rules.mapping.bootPages === 'reserved') return change
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

/** Source: free_pagetable, arch/x86/mm/init_64.c 3.10: a counter that ran below 0 is added, for each table of boot's. */
function countBootTables({ state, generation }: Machine, { direct, memmap }: MappingChange): void {
  if (generation.rules.mended.freedBootTable === 'nothing') return
  state.memory.unmanagedPages += (direct.bootTables + memmap.bootTables) * (2 ** 32 - 1)
}
