import type { BlockId, SectionNr } from '../address/brand'
import type { Machine } from '../model/machine'
import type { Unsubscribe } from '../model/machine-event'
import type { HasState } from '../model/state-slot'
import type { WriteLog } from '../model/write-log'

/**
 * Logs from now on what is written, for checks that cost no more than what changed. A restored
 * snapshot is not logged: `machine.state` is another object then.
 * @returns the log, and what ends it
 * @alpha
 */
export function logWrites(machine: Machine): {
  readonly log: WriteLog
  readonly end: Unsubscribe
} {
  const log: WriteLog = { sections: new Set(), blocks: new Set(), drivers: false }
  machine.writeLogs.add(log)
  return { log, end: () => void machine.writeLogs.delete(log) }
}

/** Enters a section in the logs. */
export function noteSection({ writeLogs }: Machine, nr: SectionNr): void {
  if (writeLogs.size > 0) writeLogs.forEach(({ sections }) => void sections.add(nr))
}

/** Enters a block in the logs. */
export function noteBlock({ writeLogs }: Machine, id: BlockId): void {
  if (writeLogs.size > 0) writeLogs.forEach(({ blocks }) => void blocks.add(id))
}

/** Enters in the logs that state of a driver is handed out. */
export function noteDrivers({ writeLogs }: HasState): void {
  if (writeLogs !== undefined) for (const log of writeLogs) log.drivers = true
}
