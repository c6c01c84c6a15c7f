import type { SectionNr } from '../address/brand'
import { clonePlain } from '../machine/clone'
import { demandIdle } from '../machine/operation'
import type { Journal } from '../model/journal'
import type { Machine } from '../model/machine'
import type { Section } from '../model/section'
import type { MachineState } from '../model/state'

/** A machine's whole state at one moment. It can be restored any number of times. @public */
export interface Snapshot {
  readonly state: MachineState
}

/**
 * Takes a snapshot. Sections and free lists are shared with it until they are written, so that they are copied only then.
 * @throws HotplugError OPERATION_IN_PROGRESS (EBUSY) in the course of an operation: the state is not whole then
 * @public
 */
export function takeSnapshot(machine: Machine): Snapshot {
  demandIdle(machine, 'snapshot')
  return { state: copyState(machine, machine.state) }
}

/**
 * Puts the machine back to a snapshot of it.
 * @throws HotplugError OPERATION_IN_PROGRESS (EBUSY) in the course of an operation
 * @public
 */
export function restoreSnapshot(machine: Machine, snapshot: Snapshot): void {
  demandIdle(machine, 'restore')
  machine.state = copyState(machine, snapshot.state)
  if (machine.observers.hear('restored')) machine.observers.tell({ kind: 'restored' })
}

/** Stands for the sections as what is beside them is copied. */
const NO_SECTIONS: ReadonlyMap<SectionNr, Section> = new Map()

/** From now on both states hold the sections and the free lists: neither may write them. */
function copyState(machine: Machine, { memory, journal, random }: MachineState): MachineState {
  machine.copySection = clonePlain
  const { separated, own } = memory.sections
  own.clear()
  const others = { ...memory, sections: { ...memory.sections, separated: NO_SECTIONS } }
  const lists = [...memory.zones.values()].flatMap(({ free }) => [...free.lists.values()])
  for (const list of lists) list.isShared = true
  const copy = clonePlain(others, lists)
  return {
    memory: { ...copy, sections: { ...copy.sections, separated: new Map(separated) } },
    journal: copyJournal(journal),
    random,
  }
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
