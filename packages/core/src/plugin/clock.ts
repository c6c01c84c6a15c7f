import { HotplugError } from '../errors/hotplug-error'
import { settle } from '../machine/settle'
import type { Machine } from '../model/machine'
import { expireTimers, timersOf } from './driver-of'

/** When a timer runs out, and how long it ran: what falls short again is tried after twice that. Milliseconds. */
interface Running {
  due: number
  delay: number
}

/**
 * The time of a machine, which stands still but where it is made to pass. Timers of drivers run out in their order, and the machine settles
 * after each. Not a part of the machine's state: a snapshot that is restored brings no time back.
 * @public
 */
export class MachineClock {
  readonly #machine: Machine
  readonly #running = new Map<string, Running>()
  #now = 0

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Milliseconds that have passed. */
  get now(): number {
    return this.#now
  }

  /**
   * Lets time pass.
   * @param milliseconds a whole number
   * @returns how many timers ran out
   * @throws HotplugError BAD_ARGUMENT (EINVAL) for another number; what the work of a timer throws
   */
  pass(milliseconds: number): number {
    if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
      const text = `Time passes in whole milliseconds, 0 or more: ${milliseconds} does not fit.`
      throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { milliseconds } })
    }
    const end = this.#now + milliseconds
    let ranOut = 0
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = next.due
      const { delay } = next
      this.#running.delete(next.name)
      expireTimers(this.#machine, [next.name])
      settle(this.#machine)
      ranOut += 1
      const again = timersOf(this.#machine).find(({ name }) => name === next.name)
      if (again === undefined) continue
      const longer = Math.min(2 * delay, again.mostMs)
      this.#running.set(next.name, { due: this.#now + longer, delay: longer })
    }
    this.#now = end
    return ranOut
  }

  /** The timer that runs out first, at the latest at `end`. */
  #next(end: number): (Running & { readonly name: string }) | undefined {
    const timers = timersOf(this.#machine)
    for (const name of this.#running.keys())
      if (!timers.some((timer) => timer.name === name)) this.#running.delete(name)
    for (const { name, firstMs } of timers)
      if (!this.#running.has(name))
        this.#running.set(name, { due: this.#now + firstMs, delay: firstMs })
    let first: (Running & { readonly name: string }) | undefined
    for (const [name, running] of this.#running)
      if (running.due <= end && running.due < (first?.due ?? Number.POSITIVE_INFINITY))
        first = { name, ...running }
    return first
  }
}
