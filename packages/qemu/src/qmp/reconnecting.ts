import { setTimeout as sleep } from 'node:timers/promises'
import { QmpClient, type QmpClientOptions } from './client'
import type { QmpRequest } from './command-queue'
import type { ExecuteOptions, ExecuteRest, QmpCommandName, QmpResult } from './commands'
import type { QmpPeer } from './connect'
import { QmpConnectionError, QmpTimeoutError } from './errors'
import { EventHub, type Unsubscribe, type WaitOptions } from './event-hub'
import type { QmpEvent, QmpEventName } from './events'
import type { QmpGreeting } from './message'

/** What happened to the connection. Events that QEMU sent while there was none are gone. */
export type QmpConnectionChange =
  | {
      readonly kind: 'connected'
      readonly greeting: QmpGreeting
      /** Attempts that it took. */
      readonly attempts: number
    }
  | {
      readonly kind: 'lost'
      readonly error: QmpConnectionError
      /** Commands that had been sent and had no reply: QEMU may have carried them out. They are not sent again. */
      readonly inFlight: readonly QmpRequest[]
    }
  | { readonly kind: 'gave up'; readonly error: QmpConnectionError }

export interface ReconnectOptions extends Omit<QmpClientOptions, 'signal'> {
  /**
   * Milliseconds before the second attempt; twice as many before each further one, until a connection has held for
   * `longestDelayMs`. Default 100.
   */
  readonly firstDelayMs?: number
  /** The longest delay. Default 5000. */
  readonly longestDelayMs?: number
  /** Failed attempts in a row after which it gives up; one whose connection did not hold has failed. Default: never. */
  readonly mostAttempts?: number
  readonly onChange?: (change: QmpConnectionChange) => void
}

const FIRST_DELAY_MS = 100
const LONGEST_DELAY_MS = 5000
const TIMEOUT_MS = 60_000

/** Gives a fresh way to the monitor for each attempt. */
export type PeerSource = () => QmpPeer | Promise<QmpPeer>

/**
 * A QMP connection that comes back: after a loss it connects again and redoes the handshake. Listeners stay.
 * Commands wait for a connection; one that was in flight at a loss is rejected, for only its caller
 * can tell whether it may be sent twice.
 */
export class ReconnectingQmpClient implements AsyncDisposable {
  readonly #source: PeerSource
  readonly #options: ReconnectOptions
  readonly #events = new EventHub()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #current: PromiseWithResolver<QmpClient> = withResolver()
  /** Attempts since a connection held. */
  #failures = 0

  constructor(peer: { readonly path: string } | PeerSource, options: ReconnectOptions = {}) {
    this.#source = typeof peer === 'function' ? peer : () => peer
    this.#options = options
    this.#running = this.#run()
  }

  /** As `QmpClient.execute`; waiting for a connection counts as waiting. */
  async execute<Name extends QmpCommandName>(
    command: Name,
    ...rest: ExecuteRest<Name>
  ): Promise<QmpResult<Name>> {
    const options = (rest as readonly unknown[])[1] as ExecuteOptions | undefined
    const timeoutMs = options?.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS
    const start = performance.now()
    const client = await this.#connected(command, { ...options, timeoutMs })
    const left = Math.max(1, timeoutMs - (performance.now() - start))
    const args = (rest as readonly unknown[])[0]
    const again = [args, { ...options, timeoutMs: left }] as unknown as ExecuteRest<Name>
    return client.execute(command, ...again)
  }

  /** As `QmpClient.on`, over all connections. */
  on<Name extends QmpEventName>(
    name: Name,
    listener: (event: QmpEvent<Name>) => void,
  ): Unsubscribe {
    return this.#events.on(name, listener)
  }

  /** As `QmpClient.onEvent`, over all connections. */
  onEvent(listener: (event: QmpEvent) => void): Unsubscribe {
    return this.#events.on(undefined, listener)
  }

  /** As `QmpClient.waitForEvent`, over all connections: an event may be missed while there is none. */
  waitForEvent<Name extends QmpEventName>(
    name: Name,
    predicate: (event: QmpEvent<Name>) => boolean = () => true,
    options: WaitOptions = {},
  ): Promise<QmpEvent<Name>> {
    return this.#events.wait(name, predicate, options)
  }

  /** Ends the connection and the attempts. */
  async close(): Promise<void> {
    this.#stop.abort(new QmpConnectionError('closed', 'the connection was closed'))
    await this.#running
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const client = await this.#connect()
      if (client === undefined) break
      const start = performance.now()
      const close = (): void => void client.close()
      signal.addEventListener('abort', close)
      if (signal.aborted) close()
      const error = await client.closed
      signal.removeEventListener('abort', close)
      this.#current = withResolver()
      if (signal.aborted) break
      this.#options.onChange?.({ kind: 'lost', error, inFlight: client.inFlight })
      const { longestDelayMs = LONGEST_DELAY_MS } = this.#options
      if (performance.now() - start >= longestDelayMs) this.#failures = 0
      else await this.#fail(error)
    }
    const error = signal.reason as QmpConnectionError
    this.#current.reject(error)
    this.#events.fail(error)
  }

  /** Tries until there is a connection; undefined where it is to stop. */
  async #connect(): Promise<QmpClient | undefined> {
    const { signal } = this.#stop
    for (let attempts = 1; !signal.aborted; attempts++) {
      try {
        const client = await QmpClient.connect(await this.#source(), { ...this.#options, signal })
        client.onEvent((event) => this.#events.emit(event))
        this.#current.resolve(client)
        this.#options.onChange?.({ kind: 'connected', greeting: client.greeting, attempts })
        return client
      } catch (cause) {
        if (signal.aborted) return undefined
        await this.#fail(cause)
      }
    }
    return undefined
  }

  /** Counts a failed attempt and waits before the next one, or gives up. */
  async #fail(cause: unknown): Promise<void> {
    const { firstDelayMs = FIRST_DELAY_MS, longestDelayMs = LONGEST_DELAY_MS } = this.#options
    const { mostAttempts = Number.POSITIVE_INFINITY } = this.#options
    const failures = ++this.#failures
    if (failures >= mostAttempts) {
      const message = `no connection after ${failures} attempts: ${textOf(cause)}`
      const error = new QmpConnectionError('refused', message, { cause })
      this.#options.onChange?.({ kind: 'gave up', error })
      this.#stop.abort(error)
      return
    }
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1))
    await sleep(delayMs, undefined, { signal: this.#stop.signal }).catch(() => {})
  }

  #connected(command: string, { signal, timeoutMs = TIMEOUT_MS }: WaitOptions): Promise<QmpClient> {
    return new Promise((resolve, reject) => {
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(() => finish(() => reject(new QmpTimeoutError(command, timeoutMs))), timeoutMs)
        : undefined
      const abort = (): void => finish(() => reject(signal?.reason as Error))
      const finish = (act: () => void): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        act()
      }
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort)
      this.#current.promise.then(
        (client) => finish(() => resolve(client)),
        (error: Error) => finish(() => reject(error)),
      )
    })
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

interface PromiseWithResolver<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

/** Promise.withResolvers, which Node 20 lacks; its rejection need not be handled. */
function withResolver<T>(): PromiseWithResolver<T> {
  let resolve = (_: T): void => {}
  let reject = (_: Error): void => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
