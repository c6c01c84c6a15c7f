import { QmpTimeoutError } from './errors'
import type { QmpEvent, QmpEventName } from './events'

/** Stops listening. */
export type Unsubscribe = () => void

/** Options of waiting. */
export interface WaitOptions {
  readonly signal?: AbortSignal
  /** Milliseconds; for ever where absent. */
  readonly timeoutMs?: number
}

type Listener = (event: QmpEvent) => void

/** Hands events to those who listen, in the order of arrival. */
export class EventHub {
  readonly #listeners = new Map<string | undefined, Set<Listener>>()
  readonly #waiting = new Set<(error: Error) => void>()
  #failure: Error | undefined

  /** Listens to one event by name, or to every one where `name` is undefined. */
  on<Name extends QmpEventName>(
    name: Name | undefined,
    listener: (event: QmpEvent<Name>) => void,
  ): Unsubscribe {
    // A set holds a function once, and the same listener may listen twice.
    const entry: Listener = (event) => listener(event as QmpEvent<Name>)
    const entries = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, entries.add(entry))
    return () => {
      entries.delete(entry)
    }
  }

  /** A listener that throws does not keep the event from the others; its error becomes an uncaught one. */
  emit(event: QmpEvent): void {
    for (const name of [event.event, undefined]) {
      for (const listener of [...(this.#listeners.get(name) ?? [])]) {
        try {
          listener(event)
        } catch (error) {
          queueMicrotask(() => {
            throw error
          })
        }
      }
    }
  }

  /** Ends every wait, and those to come, with an error. */
  fail(error: Error): void {
    this.#failure = error
    for (const reject of [...this.#waiting]) reject(error)
  }

  /** The next event of a name for which `predicate` holds. */
  wait<Name extends QmpEventName>(
    name: Name,
    predicate: (event: QmpEvent<Name>) => boolean,
    { signal, timeoutMs = Number.POSITIVE_INFINITY }: WaitOptions,
  ): Promise<QmpEvent<Name>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      if (signal?.aborted) return reject(signal.reason as Error)
      const finish = (): void => {
        unsubscribe()
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        this.#waiting.delete(fail)
      }
      const fail = (error: Error): void => {
        finish()
        reject(error)
      }
      const abort = (): void => fail(signal?.reason as Error)
      const unsubscribe = this.on(name, (event) => {
        if (!holds(predicate, event, fail)) return
        finish()
        resolve(event)
      })
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(() => fail(new QmpTimeoutError(name, timeoutMs)), timeoutMs)
        : undefined
      signal?.addEventListener('abort', abort)
      this.#waiting.add(fail)
    })
  }
}

function holds<Name extends string>(
  predicate: (event: QmpEvent<Name>) => boolean,
  event: QmpEvent<Name>,
  fail: (error: Error) => void,
): boolean {
  try {
    return predicate(event)
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)))
    return false
  }
}
