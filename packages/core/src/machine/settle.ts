import { invariant } from '../errors/invariant'
import type { Machine } from '../model/machine'

/** Bound on pieces of work that one settling may run: more is a driver that queues work for ever. */
const WORK_LIMIT = 1_000_000

/** Runs deferred work, in order, until none is left: the kernel's workqueues become idle. @public */
export function settle(machine: Machine): void {
  for (let done = 0; ; done++) {
    const work = machine.state.journal.work.shift()
    if (work === undefined) return
    invariant(done < WORK_LIMIT, 'Deferred work never ends.')
    const driver = machine.drivers.find((candidate) => candidate.name === work.driver)
    invariant(
      driver,
      `Work "${work.name}" is queued for ${work.driver}, which the machine does not have.`,
    )
    machine.state.journal.tick += 1
    driver.work(machine, work.name, work.argument)
  }
}
