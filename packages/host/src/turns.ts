/** Most milliseconds of work in a row. */
const TURN_MS = 20

/** Shares the event loop with the rest of the process, where work is done at once that could be awaited. */
export class Turns {
  #due = 0

  /** @returns undefined while this turn may go on, else a promise of the next one */
  next(): Promise<void> | undefined {
    if (performance.now() < this.#due) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#due = performance.now() + TURN_MS
        resolve()
      })
    })
  }
}
