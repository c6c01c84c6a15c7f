import { throwAll } from '../errors/throw-all'
import type { Activity } from '../model/activity'
import type {
  MachineEvent,
  MachineObserver,
  ObserveOptions,
  Observers,
  Unsubscribe,
} from '../model/machine-event'

interface Observation {
  readonly observer: MachineObserver
  readonly onError: ((error: unknown) => void) | undefined
}

/**
 * The observers of a machine. Events wait until the operation that made them is over; then all observers are told all of
 * them in the same order. One that throws is told nothing more; the other observers do not see what it threw.
 */
class ObserverList implements Observers {
  readonly #activity: Activity
  readonly #observations = new Set<Observation>()
  readonly #held: MachineEvent[] = []
  /** How many operations were begun while observers are told; null while they are not. */
  #operationsBegun: number | null = null

  constructor(activity: Activity) {
    this.#activity = activity
  }

  get areAny(): boolean {
    return this.#observations.size > 0
  }

  add(observer: MachineObserver, options: ObserveOptions = {}): Unsubscribe {
    const observation = { observer, onError: options.onError }
    this.#observations.add(observation)
    return () => void this.#observations.delete(observation)
  }

  tell(event: MachineEvent): void {
    this.#held.push(event)
    if (this.#activity.phase === 'idle') throwAll(this.tellHeld())
  }

  tellHeld(): readonly unknown[] {
    if (this.#operationsBegun !== null) return []
    this.#operationsBegun = 0
    const thrown: unknown[] = []
    // What observers cause is held behind what they are told of, so the list may grow.
    for (const event of this.#held) {
      for (const observation of [...this.#observations]) this.#tellOne(observation, event, thrown)
    }
    this.#held.length = 0
    this.#operationsBegun = null
    return thrown
  }

  admitOperation(limit: number): boolean {
    if (this.#operationsBegun === null) return true
    this.#operationsBegun += 1
    return this.#operationsBegun <= limit
  }

  #tellOne(observation: Observation, event: MachineEvent, thrown: unknown[]): void {
    if (!this.#observations.has(observation)) return
    try {
      observation.observer(event)
    } catch (error) {
      this.#observations.delete(observation)
      this.#report(observation, error, thrown)
    }
  }

  #report({ onError }: Observation, error: unknown, thrown: unknown[]): void {
    if (onError === undefined) {
      thrown.push(error)
      return
    }
    try {
      onError(error)
    } catch (second) {
      thrown.push(second)
    }
  }
}

/** The observers of a new machine: none yet. */
export const createObservers = (activity: Activity): Observers => new ObserverList(activity)
