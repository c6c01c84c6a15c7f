import { stateSlot } from '../machine/state-slot'
import type { MappingState } from '../model/mapping-state'
import type { StateSlot } from '../model/state-slot'

/** The kernel's page tables, on machines whose arch has any. @beta */
export const PAGE_TABLES: StateSlot<MappingState> = stateSlot<MappingState>('pageTables', {
  rootPfn: 'counts',
  tables: 'counts',
  partlyUsedPages: 'counts',
  // Never changes after boot: `tables` holds what differs from it.
  boot: 'ignored',
  unusedVmemmap: 'counts',
  staleVmemmap: 'counts',
  directMapBytes: 'counts',
  // A counter of work.
  flushes: 'ignored',
})
