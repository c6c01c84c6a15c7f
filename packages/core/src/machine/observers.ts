import type {
  MachineEvent,
  MachineObserver,
  ObserveOptions,
  Observers,
  Unsubscribe,
} from '../model/machine-event'

interface Observation {
  readonly observer: MachineObserver
  readonly onError: (error: unknown) => void
}

/** Nothing awaits the rejection, so that the host reports it. */
const reportUncaught = (error: unknown): void =>
  void Promise.reject(error instanceof Error ? error : new Error(String(error), { cause: error }))

/**
 * The observers of a machine. All are told all events in the same order, also of what happens while they are told. One
 * that throws is told nothing more; neither the operation nor the other observers see what it threw.
 */
class ObserverList implements Observers {
  readonly #observations = new Set<Observation>()
  readonly #untold: MachineEvent[] = []
  #areBusy = false

  get areAny(): boolean {
    return this.#observations.size > 0
  }

  get areBusy(): boolean {
    return this.#areBusy
  }

  add(observer: MachineObserver, options: ObserveOptions = {}): Unsubscribe {
    const observation = { observer, onError: options.onError ?? reportUncaught }
    this.#observations.add(observation)
    return () => void this.#observations.delete(observation)
  }

  tell(event: MachineEvent): void {
    this.#untold.push(event)
    if (this.#areBusy) return
    this.#areBusy = true
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
        for (const observation of [...this.#observations]) this.#tellOne(observation, next)
      }
    } finally {
      this.#areBusy = false
    }
  }

  #report({ onError }: Observation, error: unknown): void {
    try {
      onError(error)
    } catch (second) {
      reportUncaught(second)
    }
  }

  #tellOne(observation: Observation, event: MachineEvent): void {
    if (!this.#observations.has(observation)) return
    try {
      observation.observer(event)
    } catch (error) {
      this.#observations.delete(observation)
      this.#report(observation, error)
    }
  }
}

/** The observers of a new machine: none yet. */
export const createObservers = (): Observers => new ObserverList()
