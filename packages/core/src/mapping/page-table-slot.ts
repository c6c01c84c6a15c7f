import { stateSlot } from '../machine/state-slot'
import type { MappingState } from '../model/mapping-state'
import type { StateSlot } from '../model/state-slot'

/** The kernel's page tables, on machines whose arch has any. What of them counts: `snapshot/canonical.ts`. @beta */
export const PAGE_TABLES: StateSlot<MappingState> =
  /* @__PURE__ */ stateSlot<MappingState>('pageTables')
