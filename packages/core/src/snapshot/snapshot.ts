import { clonePlain } from '../machine/clone'
import { demandIdle } from '../machine/operation'
import type { Journal } from '../model/journal'
import type { Machine } from '../model/machine'
import type { MachineState } from '../model/state'
import { shareSection } from '../section/shared-sections'

/** A machine's whole state at one moment. It can be restored any number of times. @public */
export interface Snapshot {
  readonly state: MachineState
}

/**
 * Takes a snapshot. Sections are shared with it until they are written, so that page descriptors are copied only then.
 * @throws HotplugError OPERATION_IN_PROGRESS (EBUSY) in the course of an operation: the state is not whole then
 * @public
 */
export function takeSnapshot(machine: Machine): Snapshot {
  demandIdle(machine, 'snapshot')
  return { state: copyState(machine.state) }
}

/**
 * Puts the machine back to a snapshot of it.
 * @throws HotplugError OPERATION_IN_PROGRESS (EBUSY) in the course of an operation
 * @public
 */
export function restoreSnapshot(machine: Machine, snapshot: Snapshot): void {
  demandIdle(machine, 'restore')
  machine.state = copyState(snapshot.state)
  if (machine.observers.hear('restored')) machine.observers.tell({ kind: 'restored' })
}

function copyState({ memory, journal, random }: MachineState): MachineState {
  const { separated } = memory.sections
  for (const section of separated.values()) shareSection(section)
  return { memory: clonePlain(memory, separated.values()), journal: copyJournal(journal), random }
}

/** What happened never changes: only the lists are copied. */
const copyJournal = (journal: Journal): Journal => ({
  ...journal,
  uevents: [...journal.uevents],
  log: [...journal.log],
  platform: [...journal.platform],
  mappings: [...journal.mappings],
  work: clonePlain(journal.work),
})
