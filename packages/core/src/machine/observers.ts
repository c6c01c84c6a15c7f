import { throwAll } from '../errors/throw-all'
import type { Activity } from '../model/activity'
import type {
  MachineEvent,
  MachineEventKind,
  MachineObserver,
  ObserveOptions,
  Observers,
  Unsubscribe,
} from '../model/machine-event'

interface Observation {
  readonly observer: MachineObserver
  readonly onError: ((error: unknown) => void) | undefined
  /** What it is told of; undefined: of everything. */
  readonly kinds: readonly MachineEventKind[] | undefined
}

const NOTHING: readonly unknown[] = []

/**
 * The observers of a machine. Events wait until the operation that made them is over; then all observers are told all of
 * them in the same order. One that throws is told nothing more; the other observers do not see what it threw.
 */
class ObserverList implements Observers {
  readonly #activity: Activity
  #observations: readonly Observation[] = []
  /** Kinds that any of them is told of; undefined: all. */
  #heard: ReadonlySet<MachineEventKind> | undefined = new Set()
  readonly #held: MachineEvent[] = []
  /** How many operations were begun while observers are told; null while they are not. */
  #operationsBegun: number | null = null

  constructor(activity: Activity) {
    this.#activity = activity
  }

  hear(kind: MachineEventKind): boolean {
    return this.#heard === undefined || this.#heard.has(kind)
  }

  add(observer: MachineObserver, { onError, kinds }: ObserveOptions = {}): Unsubscribe {
    const observation = { observer, onError, kinds }
    this.#set([...this.#observations, observation])
    return () => this.#remove(observation)
  }

  #remove(observation: Observation): void {
    this.#set(this.#observations.filter((each) => each !== observation))
  }

  #set(observations: readonly Observation[]): void {
    this.#observations = observations
    const hearsAll = observations.some(({ kinds }) => kinds === undefined)
    this.#heard = hearsAll ? undefined : new Set(observations.flatMap(({ kinds = [] }) => kinds))
  }

  tell(event: MachineEvent): void {
    this.#held.push(event)
    if (this.#activity.phase === 'idle') throwAll(this.tellHeld())
  }

  tellHeld(): readonly unknown[] {
    if (this.#held.length === 0 || this.#operationsBegun !== null) return NOTHING
    this.#operationsBegun = 0
    const thrown: unknown[] = []
    // What observers cause is held behind what they are told of, so the list may grow.
    for (const event of this.#held) {
      for (const observation of this.#observations) this.#tellOne(observation, event, thrown)
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
    if (!isTold(observation, event.kind) || !this.#observations.includes(observation)) return
    try {
      observation.observer(event)
    } catch (error) {
      this.#remove(observation)
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

const isTold = ({ kinds }: Observation, kind: MachineEventKind): boolean =>
  kinds === undefined || kinds.includes(kind)

/** The observers of a new machine: none yet. */
export const createObservers = (activity: Activity): Observers => new ObserverList(activity)
