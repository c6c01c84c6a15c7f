// The page's side of the worker: a promise for each request.
import type { CallName, Calls, Response } from '../protocol/messages'

interface Waiting {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
  readonly onShare: (share: number) => void
}

/** The model in its worker. */
export class ModelClient {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1

  constructor() {
    this.#worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' })
    this.#worker.addEventListener('message', (event: MessageEvent<Response>) =>
      this.#answered(event.data),
    )
    this.#worker.addEventListener('error', (event) => this.#broke(event.message))
  }

  /**
   * @param onShare told how far it has come, from 0 to 1, where the call tells
   * @throws Error with a sentence that a person can use
   */
  ask<Name extends CallName>(
    call: Name,
    ask: Calls[Name]['ask'],
    onShare: (share: number) => void = () => {},
  ): Promise<Calls[Name]['answer']> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onShare })
      this.#worker.postMessage({ id, call, ask })
    })
  }

  /** Ends the worker; what was asked is never answered. */
  end(): void {
    this.#worker.terminate()
    this.#waiting.clear()
  }

  #answered(response: Response): void {
    const waiting = this.#waiting.get(response.id)
    if ('share' in response) {
      waiting?.onShare(response.share)
      return
    }
    this.#waiting.delete(response.id)
    if (waiting === undefined) return
    if ('failure' in response) waiting.reject(new Error(response.failure))
    else waiting.resolve(response.answer as never)
  }

  #broke(message: string): void {
    const error = new Error(`The model broke: ${message}. Reload the page.`)
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
