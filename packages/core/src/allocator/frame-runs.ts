import { pfn } from '../address/brand'
import type { FrameRun } from '../model/frame-source'

/** Joins pages that are named one after the other into runs of neighbours. */
export class FrameRuns {
  readonly #visit: (run: FrameRun) => void
  #first = 0
  #count = 0

  /** @param visit told of each run as soon as it is known to end */
  constructor(visit: (run: FrameRun) => void) {
    this.#visit = visit
  }

  add(page: number, count: number): void {
    if (page !== this.#first + this.#count) {
      this.#tell()
      this.#first = page
    }
    this.#count += count
  }

  /** Ends the last run. */
  end(): void {
    this.#tell()
  }

  #tell(): void {
    if (this.#count > 0) this.#visit({ pfn: pfn(this.#first), count: this.#count })
    this.#count = 0
  }
}
