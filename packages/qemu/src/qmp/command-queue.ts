import type { ExecuteOptions, QmpArguments } from './commands'
import { QmpConnectionError, QmpError, QmpTimeoutError } from './errors'
import type { QmpMessage } from './message'

/** A command that is to be carried out. */
export interface QmpRequest {
  readonly command: string
  readonly args: QmpArguments | undefined
}

type Reply = Extract<QmpMessage, { readonly kind: 'result' | 'error' }>

interface Pending extends QmpRequest {
  readonly id: number
  readonly line: string
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface CommandQueueOptions {
  /** How many commands may be without a reply at a time. */
  readonly maxInFlight: number
  /** Sends a line; false says to wait until `drained` is called. */
  readonly send: (line: string) => boolean
}

/**
 * Commands on their way: those that wait to be sent, and those that wait for a reply. A reply finds its command
 * by id, so that it does not matter in which order replies come.
 */
export class CommandQueue {
  readonly #options: CommandQueueOptions
  readonly #queued: Pending[] = []
  readonly #sent = new Map<number, Pending>()
  /** Ids that were sent, and whose reply is no longer awaited. */
  readonly #abandoned = new Set<number>()
  #lastId = 0
  #failure: QmpConnectionError | undefined
  #interrupted: readonly QmpRequest[] = []
  #blocked = false

  constructor(options: CommandQueueOptions) {
    this.#options = options
  }

  /** Commands that were sent and have no reply yet, the oldest first; after `fail`, those of that moment. */
  get inFlight(): readonly QmpRequest[] {
    if (this.#failure !== undefined) return this.#interrupted
    return [...this.#sent.values()].map(({ command, args }) => ({ command, args }))
  }

  submit(
    request: QmpRequest,
    { signal, timeoutMs = Number.POSITIVE_INFINITY, outOfBand = false }: ExecuteOptions,
  ): Promise<unknown> {
    const { command, args } = request
    if (this.#failure !== undefined) {
      const { reason, message } = this.#failure
      return Promise.reject(
        new QmpConnectionError(reason, message, { command, cause: this.#failure.cause }),
      )
    }
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    const id = ++this.#lastId
    const verb = outOfBand ? 'exec-oob' : 'execute'
    const line = `${JSON.stringify({ [verb]: command, arguments: args, id })}\n`
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
      const pending: Pending = {
        ...request,
        id,
        line,
        resolve: (value) => {
          finish()
          resolve(value)
        },
        reject: (error) => {
          finish()
          reject(error)
        },
      }
      const abort = (): void => this.#abandon(pending, signal?.reason as Error)
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(
            () => this.#abandon(pending, new QmpTimeoutError(command, timeoutMs)),
            timeoutMs,
          )
        : undefined
      signal?.addEventListener('abort', abort)
      if (outOfBand) this.#transmit(pending)
      else this.#queued.push(pending)
      this.#sendQueued()
    })
  }

  /**
   * Hands a reply to its command.
   * @returns false where no command has that id
   */
  settle(reply: Reply): boolean {
    const id = typeof reply.id === 'number' ? reply.id : -1
    const pending = this.#sent.get(id)
    if (pending === undefined && !this.#abandoned.has(id)) return false
    this.#sent.delete(id)
    this.#abandoned.delete(id)
    if (reply.kind === 'result') pending?.resolve(reply.value)
    else pending?.reject(new QmpError(pending.command, reply.error))
    this.#sendQueued()
    return true
  }

  /** More can be sent. */
  drained(): void {
    this.#blocked = false
    this.#sendQueued()
  }

  /** Ends every command, and those to come. */
  fail(error: QmpConnectionError): void {
    if (this.#failure !== undefined) return
    this.#interrupted = this.inFlight
    this.#failure = error
    const all = [...this.#sent.values(), ...this.#queued]
    this.#sent.clear()
    this.#abandoned.clear()
    this.#queued.length = 0
    for (const { command, reject } of all) {
      const { reason, message, cause } = error
      reject(new QmpConnectionError(reason, `${command}: ${message}`, { command, cause }))
    }
  }

  #sendQueued(): void {
    const { maxInFlight } = this.#options
    while (!this.#blocked && this.#sent.size + this.#abandoned.size < maxInFlight) {
      const next = this.#queued.shift()
      if (next === undefined) return
      this.#transmit(next)
    }
  }

  #transmit(pending: Pending): void {
    this.#sent.set(pending.id, pending)
    this.#blocked = !this.#options.send(pending.line) || this.#blocked
  }

  #abandon(pending: Pending, error: Error): void {
    const place = this.#queued.indexOf(pending)
    if (place !== -1) this.#queued.splice(place, 1)
    if (this.#sent.delete(pending.id)) this.#abandoned.add(pending.id)
    pending.reject(error)
  }
}
