/** One that asks, and is answered with all the others that asked meanwhile. */
interface Asking<Result> {
  readonly promise: Promise<Result>
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** Most paths, and most characters of them, in one request. */
const MOST_PATHS = 64
const MOST_CHARACTERS = 8192

function askingFor<Result>(): Asking<Result> {
  let resolve = (_: Result): void => {}
  let reject = (_: unknown): void => {}
  const promise = new Promise<Result>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/**
 * Gathers questions about paths that are asked at the same time, so that many are one round trip to the guest.
 * Whoever asks one after another has each answered by itself.
 */
export class Batch<Result> {
  readonly #answer: (paths: readonly string[]) => Promise<ReadonlyMap<string, Result | Error>>
  #waiting = new Map<string, Asking<Result>>()
  #isRunning = false

  /** @param answer the answer to each path, or what to reject it with */
  constructor(answer: (paths: readonly string[]) => Promise<ReadonlyMap<string, Result | Error>>) {
    this.#answer = answer
  }

  ask(path: string): Promise<Result> {
    const asking = this.#waiting.get(path) ?? askingFor<Result>()
    this.#waiting.set(path, asking)
    if (!this.#isRunning) {
      this.#isRunning = true
      queueMicrotask(() => void this.#run())
    }
    return asking.promise
  }

  async #run(): Promise<void> {
    // A turn of the event loop, in which others may ask.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.size > 0) {
      const taken = this.#take()
      try {
        const answers = await this.#answer([...taken.keys()])
        for (const [path, { resolve, reject }] of taken) {
          const answer = answers.get(path)
          if (answer === undefined || answer instanceof Error) reject(answer)
          else resolve(answer)
        }
      } catch (error) {
        for (const { reject } of taken.values()) reject(error)
      }
    }
    this.#isRunning = false
  }

  #take(): Map<string, Asking<Result>> {
    const taken = new Map<string, Asking<Result>>()
    let characters = 0
    for (const [path, asking] of this.#waiting) {
      characters += path.length
      if (taken.size > 0 && (taken.size >= MOST_PATHS || characters > MOST_CHARACTERS)) break
      taken.set(path, asking)
      this.#waiting.delete(path)
    }
    return taken
  }
}
