import type { Unsubscribe } from './event-hub'
import type { QmpEvent } from './events'

export interface EventStreamOptions {
  /** Ends the stream. */
  readonly signal?: AbortSignal
  /** How many events may wait to be taken; one more is an error. Default 1024. */
  readonly limit?: number
}

interface Source {
  listen(listener: (event: QmpEvent) => void): Unsubscribe
  /** Resolves when no event will come any more. */
  readonly closed: Promise<unknown>
}

/**
 * Events as something to loop over, from this moment on. Those that arrive while the loop's body runs wait in a
 * bounded queue: the connection is not held up, for replies come through it as well.
 */
export function eventStream(
  source: Source,
  { signal, limit = 1024 }: EventStreamOptions,
): AsyncGenerator<QmpEvent, void, undefined> {
  const waiting: QmpEvent[] = []
  let state: 'open' | 'ended' | 'overflow' = signal?.aborted ? 'ended' : 'open'
  let wake = (): void => {}
  const end = (): void => {
    if (state === 'open') state = 'ended'
    wake()
  }
  const unsubscribe = source.listen((event) => {
    if (state !== 'open') return
    if (waiting.length < limit) waiting.push(event)
    else state = 'overflow'
    wake()
  })
  signal?.addEventListener('abort', end)
  void source.closed.then(end)

  async function* take(): AsyncGenerator<QmpEvent, void, undefined> {
    try {
      while (true) {
        const event = waiting.shift()
        if (event !== undefined) {
          yield event
          continue
        }
        if (state === 'ended') return
        if (state === 'overflow') throw new RangeError(`more than ${limit} events waited`)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      unsubscribe()
      signal?.removeEventListener('abort', end)
    }
  }
  return take()
}
