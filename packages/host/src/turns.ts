/** Most milliseconds of work in a row. */
const TURN_MS = 20

/** Steps between two looks at the clock, which costs a good part of a step. */
const STEPS = 16

/**
 * Shares the event loop with the rest of the process, where work is done at once that could be awaited. Of those who wait, one goes on at a
 * time: what one asks for next to each other stays together.
 */
export class Turns {
  readonly #begin: () => void
  readonly #waiting: (() => void)[] = []
  #due = 0
  /** Steps that may still be gone before the clock is looked at: none once this turn of the event loop is over. */
  #steps = 0
  #isStopDue = false

  /** @param begin called at the beginning of every turn */
  constructor(begin: () => void) {
    this.#begin = begin
  }

  /** @returns undefined while this turn may go on, else a promise of the next one */
  next(): Promise<void> | undefined {
    if (this.#steps > 0) {
      this.#steps -= 1
      return undefined
    }
    if (performance.now() < this.#due) {
      this.#goSteps()
      return undefined
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) setImmediate(this.#goOn)
    })
  }

  #goSteps(): void {
    this.#steps = STEPS
    if (!this.#isStopDue) setImmediate(this.#stop)
    this.#isStopDue = true
  }

  readonly #stop = (): void => {
    this.#steps = 0
    this.#isStopDue = false
  }

  /** Lets the first go on who waits: in this turn, while there is time, else in a new one. */
  readonly #goOn = (): void => {
    if (performance.now() >= this.#due) {
      this.#due = performance.now() + TURN_MS
      this.#begin()
    }
    // Who is next comes after what this one does at once.
    if (this.#waiting.length > 1) setImmediate(this.#goOn)
    this.#waiting.shift()?.()
  }
}
