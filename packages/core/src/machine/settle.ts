import { invariant } from '../errors/invariant'
import { throwAll } from '../errors/throw-all'
import type { Machine } from '../model/machine'
import { demandIdle, runOperation } from './operation'

/** Bound on pieces of work that one settling may run: more is a driver that queues work for ever. */
const WORK_LIMIT = 1_000_000

/**
 * Runs deferred work, in order, until none is left: the kernel's workqueues become idle. Each piece is an operation, after
 * which observers are told of it.
 * @throws what a piece of work threw, at once; what observers threw, when all work is done; HotplugError
 *   OPERATION_IN_PROGRESS (EBUSY) in the course of an operation
 * @public
 */
export function settle(machine: Machine): void {
  demandIdle(machine, 'settle')
  const thrown: unknown[] = []
  for (let done = 0; ; done++) {
    const work = machine.state.journal.work.shift()
    if (work === undefined) break
    invariant(done < WORK_LIMIT, 'Deferred work never ends.')
    const driver = machine.drivers.find((candidate) => candidate.name === work.driver)
    invariant(
      driver,
      `Work "${work.name}" is queued for ${work.driver}, which the machine does not have.`,
    )
    machine.state.journal.tick += 1
    const outcome = runOperation(machine, () => driver.work(machine, work.name, work.argument))
    if ('error' in outcome.result) thrown.push(outcome.result.error)
    thrown.push(...outcome.thrown)
    if ('error' in outcome.result) break
  }
  throwAll(thrown)
}
