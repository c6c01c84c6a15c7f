import { changedWords } from '../mapping/changed-tables'
import { PAGE_TABLES } from '../mapping/page-table-slot'
import { tableShape } from '../mapping/table-shape'
import type { MemoryBlock } from '../model/block'
import type { Machine } from '../model/machine'
import type { MappingState } from '../model/mapping-state'
import type { MemoryNode } from '../model/node'
import type { BlockTable, MachineState, MemoryState } from '../model/state'
import type { SlotField } from '../model/state-slot'
import type { FreeArea, Zone } from '../model/zone'
import { canonicalSections } from './canonical-pages'

/** A rule for every field: a field that is added to the state does not compile until it has one. */
type FieldRules<State> = { readonly [Field in keyof State]-?: SlotField<State[Field]> }

/** The fields of a part of the state that count, as plain data. */
function canonicalFields<State extends object>(
  machine: Machine,
  state: State,
  rules: FieldRules<State>,
): Readonly<Record<string, unknown>> {
  const canonical: Record<string, unknown> = {}
  for (const field of Object.keys(rules) as (keyof State & string)[]) {
    const rule = rules[field]
    if (rule === 'ignored') continue
    canonical[field] = rule === 'counts' ? state[field] : rule(state[field], machine)
  }
  return canonical
}

/** Free pages count, not the lists that they are in: the kernel does not restore those either. */
const FREE_AREA: FieldRules<FreeArea> = {
  freePages: 'counts',
  lists: 'ignored',
  untouchedRuns: 'ignored',
  captured: 'ignored',
  capturedFreePages: 'ignored',
  // The order in which memory came online decides where the next pages come from, as the order of a list does.
  onlined: 'ignored',
}

const ZONE: FieldRules<Zone> = {
  key: 'counts',
  nodeId: 'counts',
  name: 'counts',
  kind: 'counts',
  index: 'counts',
  startPfn: 'counts',
  spannedPages: 'counts',
  isTorn: 'ignored',
  isInitialised: 'counts',
  presentPages: 'counts',
  presentEarlyPages: 'counts',
  managedPages: 'counts',
  // It stays as boot found it.
  cmaPages: 'ignored',
  isolatedPageblocks: 'counts',
  online: 'counts',
  perCpuDisabled: 'counts',
  free: (free, machine) => canonicalFields(machine, free, FREE_AREA),
  perCpu: 'counts',
}

/** Pages of per-CPU lists are free: they count among the zone's free pages. */
function canonicalZone(machine: Machine, zone: Zone): unknown {
  const { free: _, perCpu: __, ...fields } = canonicalFields(machine, zone, ZONE)
  return { ...fields, freePages: zone.free.freePages + zone.perCpu.length }
}

const NODE: FieldRules<MemoryNode> = {
  id: 'counts',
  isPossible: 'counts',
  online: 'counts',
  cpus: 'counts',
  // The machine's zones, which count once.
  zones: 'ignored',
  startPfn: 'counts',
  spannedPages: 'counts',
  hasMemory: 'counts',
  hasNormalMemory: 'counts',
  kthreads: 'counts',
}

const MEMORY: FieldRules<MemoryState> = {
  sections: (_, machine) => canonicalSections(machine),
  blocks: canonicalBlocks,
  nodes: (nodes, machine) =>
    [...nodes.values()].map((node) => canonicalFields(machine, node, NODE)),
  zones: (zones, machine) => [...zones.values()].map((zone) => canonicalZone(machine, zone)),
  groups: 'counts',
  resources: 'counts',
  firmwareMap: 'counts',
  allocations: 'counts',
  hugePools: 'counts',
  pageCgroupTables: (tables) => [...tables.keys()].sort((a, b) => a - b),
  settings: 'counts',
  arch: canonicalArch,
  drivers: 'counts',
  injectedNotifierErrors: 'counts',
  unmanagedPages: 'counts',
  curedPages: 'counts',
  totalManagedPages: 'counts',
  // Counts what happened so far, as the journal tells it.
  pageFailures: 'ignored',
  // Numbers are never used again: what was added and removed leaves them higher.
  nextAllocationId: 'ignored',
  nextGroupId: 'ignored',
}

const STATE: FieldRules<MachineState> = {
  memory: (memory, machine) => canonicalFields(machine, memory, MEMORY),
  // What happened so far: a refused operation leaves words behind.
  journal: 'ignored',
  // Drawn from by operations that are refused, too.
  random: 'ignored',
}

/** What the fingerprint covers, as plain data: for finding out what differs. @alpha */
export function canonicalMemory(machine: Machine): Readonly<Record<string, unknown>> {
  return canonicalFields(machine, machine.state, STATE).memory as Readonly<Record<string, unknown>>
}

/** The same without the sections. */
export function canonicalTables(machine: Machine): Readonly<Record<string, unknown>> {
  const { sections: _, ...tables } = MEMORY
  const { sections: __, ...state } = machine.state.memory
  return canonicalFields(machine, state, tables)
}

/** The kernel's page tables: they are brought by core, and their fields ruled here. */
const TABLES: FieldRules<MappingState> = {
  rootPfn: 'counts',
  // In one form, whichever they are stored in.
  tables: (_, machine) =>
    changedWords({ shape: tableShape(machine.arch), state: PAGE_TABLES.of(machine) }),
  leafTables: 'ignored',
  partlyUsedPages: 'counts',
  // Never changes after boot: `tables` holds what differs from it.
  boot: 'ignored',
  unusedVmemmap: 'counts',
  staleVmemmap: 'counts',
  directMapBytes: 'counts',
  // A counter of work.
  flushes: 'ignored',
}

/** The slots of the arch, each without the fields that it declares to be ignored. */
function canonicalArch(arch: MemoryState['arch'], machine: Machine): unknown {
  const canonical = { ...arch }
  for (const slot of machine.arch.slots ?? []) {
    const { key } = slot
    const fields = slot === PAGE_TABLES ? TABLES : slot.fields
    const state = canonical[key]
    if (fields === undefined || typeof state !== 'object' || state === null) continue
    canonical[key] = canonicalFields(machine, state, fields)
  }
  return canonical
}

function canonicalBlocks({ runs, separated }: BlockTable): unknown {
  const pieces = runs.map((run) => ({ ...run }))
  const changed: MemoryBlock[] = []
  for (const block of [...separated.values()].sort((a, b) => a.id - b.id)) {
    const { early, state, pendingType, withheldPages } = block
    const plain = early && state === 'online' && pendingType === 'offline' && withheldPages === 0
    if (!plain || block.groupId !== null || block.firmwareNode !== null) changed.push(block)
    else {
      pieces.push({
        start: block.id,
        end: (block.id + 1) as MemoryBlock['id'],
        nodeId: block.nodeId,
        extraNodes: block.extraNodes,
        zone: block.zone,
      })
    }
  }
  pieces.sort((a, b) => a.start - b.start)
  const same = (a: (typeof pieces)[number], b: (typeof pieces)[number]): boolean =>
    a.nodeId === b.nodeId && a.zone === b.zone && a.extraNodes.join() === b.extraNodes.join()
  return { runs: joinRuns(pieces, same), changed }
}

function joinRuns<Run extends { start: number; end: number }>(
  runs: readonly Run[],
  same: (a: Run, b: Run) => boolean,
): Run[] {
  const joined: Run[] = []
  for (const run of runs) {
    const last = joined.at(-1)
    if (last !== undefined && last.end === run.start && same(last, run)) last.end = run.end
    else joined.push({ ...run })
  }
  return joined
}
