import { invariant } from '../errors/invariant'
import type { FirmwareDriver } from '../model/driver'
import type { Machine } from '../model/machine'
import { queueWork } from './journal'

/** A driver's name, and that of one kind of its deferred work. @beta */
export interface WorkName {
  readonly driver: string
  readonly name: string
}

/** A kind of work with what carries it out: an entry of `dispatchWork`. @beta */
export interface WorkHandler extends WorkName {
  run(machine: Machine, argument: unknown): void
}

/** A kind of deferred work of a driver, whose argument is a `T`. @beta */
export interface DeferredWork<T> {
  /** Defers a piece of it until the machine settles. @param argument plain data */
  queue(machine: Machine, argument: T): void
  /** Names what carries it out. */
  handledBy(run: (machine: Machine, argument: T) => void): WorkHandler
}

/** Declares a kind of deferred work. The one place where what was queued gets its type back. @beta */
// @__NO_SIDE_EFFECTS__
export const deferredWork = <T>({ driver, name }: WorkName): DeferredWork<T> => ({
  queue: (machine, argument) => queueWork(machine, { driver, name, argument }),
  handledBy: (run) => ({
    driver,
    name,
    run: (machine, argument) => run(machine, argument as T),
  }),
})

/** The `work` of a driver that defers these kinds. Invariant: no other kind is ever queued for it. @beta */
export const dispatchWork =
  (...handlers: readonly WorkHandler[]): FirmwareDriver['work'] =>
  (machine, name, argument) => {
    const handler = handlers.find((candidate) => candidate.name === name)
    invariant(handler !== undefined, `The driver defers no work called "${name}".`)
    handler.run(machine, argument)
  }
