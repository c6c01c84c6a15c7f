import type { LogLine, PlatformEvent, Uevent } from '../model/journal'
import type { Machine } from '../model/machine'
import type { MappingRecord } from '../model/mapping-change'

/** How many entries each of the journal's lists keeps where the description does not say. */
const JOURNAL_LIMIT = 65_536

/** Past the limit the older half goes at once, so that an entry costs the same however many there are. */
function append<T>({ description }: Machine, list: T[], entry: T): void {
  const limit = description.journalLimit ?? JOURNAL_LIMIT
  list.push(entry)
  if (list.length > limit) list.splice(0, list.length - Math.ceil(limit / 2))
}

/**
 * Emits a uevent, as kobject_uevent does.
 * @param devpath path below /sys
 * @beta
 */
export function emitUevent(
  machine: Machine,
  action: Uevent['action'],
  device: { readonly devpath: string; readonly subsystem: string },
): void {
  const { journal } = machine.state
  journal.seqnum += 1
  const uevent: Uevent = { action, ...device, seqnum: journal.seqnum }
  append(machine, journal.uevents, uevent)
  if (machine.observers.hear('uevent')) machine.observers.tell({ kind: 'uevent', uevent })
}

/** Writes a line to the kernel log. @beta */
export function logLine(machine: Machine, level: LogLine['level'], text: string): void {
  const { journal } = machine.state
  const line: LogLine = { level, text, tick: journal.tick }
  append(machine, journal.log, line)
  if (machine.observers.hear('log')) machine.observers.tell({ kind: 'log', line })
}

/** Notes what came into the kernel's mappings or left them, and logs leaves of the direct map that a removal left. */
export function recordMapping(machine: Machine, record: MappingRecord): void {
  append(machine, machine.state.journal.mappings, record)
  if (record.operation === 'add') return
  for (const { offset, reason } of record.change.direct.left) {
    const address = `0x${offset.toString(16)}`
    logLine(machine, 'debug', `direct map: the leaf at ${address} stays (${reason})`)
  }
}

/** Tells the platform (firmware, hypervisor) something. @beta */
export function emitPlatformEvent(machine: Machine, event: PlatformEvent): void {
  append(machine, machine.state.journal.platform, event)
  if (machine.observers.hear('platform')) machine.observers.tell({ kind: 'platform', event })
}

/**
 * Defers a piece of work of a driver until the machine settles.
 * @param argument plain data
 * @beta
 */
export function queueWork(
  machine: Machine,
  work: { readonly driver: string; readonly name: string; readonly argument: unknown },
): void {
  machine.state.journal.work.push(work)
}
