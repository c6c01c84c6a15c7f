import { stateSlot } from '../machine/state-slot'
import type { MappingState } from '../model/mapping-state'
import type { StateSlot } from '../model/state-slot'
import { allWords } from './leaf-tables'
import { tableShape } from './table-shape'

/** The kernel's page tables, on machines whose arch has any. @beta */
export const PAGE_TABLES: StateSlot<MappingState> = /* @__PURE__ */ stateSlot<MappingState>(
  'pageTables',
  {
    rootPfn: 'counts',
    // In one form, whichever they are stored in.
    tables: (_, machine) =>
      allWords({ shape: tableShape(machine.arch), state: PAGE_TABLES.of(machine) }),
    leafTables: 'ignored',
    partlyUsedPages: 'counts',
    // Never changes after boot: `tables` holds what differs from it.
    boot: 'ignored',
    unusedVmemmap: 'counts',
    staleVmemmap: 'counts',
    directMapBytes: 'counts',
    // A counter of work.
    flushes: 'ignored',
  },
)
