import { kernelTables } from '../mapping/kernel-tables'
import type { Machine } from '../model/machine'
import type { MappingChange, RegionChange } from '../model/mapping-change'

/**
 * `mended.basePageCount`: a count of 32 bits that is negated before it is widened, once for each table of base pages.
 * Source: series, patch 12.
 */
export function wrapBasePages(machine: Machine, { leaves }: RegionChange): void {
  if (machine.generation.rules.mended.basePageCount === 'signed') return
  const { shape, state } = kernelTables(machine)
  const { pageBytes, levels } = shape
  const gone = leaves.find(({ leafBytes }) => leafBytes === pageBytes)?.count ?? 0
  const wrapped = Math.ceil(gone / (levels.at(-1)?.entries ?? 1)) * 2 ** 32 * pageBytes
  const { directMapBytes } = state
  directMapBytes.set(pageBytes, (directMapBytes.get(pageBytes) ?? 0) + wrapped)
}

/**
 * `mended.freedBootTable`: a counter that ran below 0 is added, for each table of boot's.
 * Source: free_pagetable, arch/x86/mm/init_64.c 3.10.
 */
export function countBootTables(
  { state, generation }: Machine,
  { direct, memmap }: MappingChange,
): void {
  if (generation.rules.mended.freedBootTable === 'nothing') return
  state.memory.unmanagedPages += (direct.bootTables + memmap.bootTables) * (2 ** 32 - 1)
}
