/** A key of a flat view, with its text as the last reading found it. */
export interface FlatLine {
  readonly key: string
  text: string | undefined
  /** The reading that found it last. */
  reading: number
}

/** Lines that a reading put, to be put again together: single ones, and those that it put again itself. */
export interface FlatGroup {
  readonly lines: readonly FlatLine[]
  readonly groups: readonly FlatGroup[]
  /** Of the lines, with those of the groups. */
  readonly count: number
}

export const NO_LINES: FlatGroup = { lines: [], groups: [], count: 0 }

/**
 * A flat view that reading after reading brings up to date: a reading puts every line that it finds, and a line that it
 * does not put is gone.
 */
export class FlatLines {
  readonly #view = new Map<string, string>()
  readonly #lines = new Map<string, FlatLine>()
  #changed: string[] = []
  #found: FlatLine[] = []
  /** Lines of the reading before that were put again, and how many those are. */
  #again: FlatGroup[] = []
  #againCount = 0
  #reading = 0

  /** The view as the last reading left it. */
  get view(): ReadonlyMap<string, string> {
    return this.#view
  }

  /** The line of a key. It is made once. */
  line(key: string): FlatLine {
    const known = this.#lines.get(key)
    if (known !== undefined) return known
    const line = { key, text: undefined, reading: 0 }
    this.#lines.set(key, line)
    return line
  }

  begin(): void {
    this.#reading += 1
    this.#found = []
    this.#again = []
    this.#againCount = 0
    this.#changed = []
  }

  put(line: FlatLine, text: string): void {
    if (line.reading !== this.#reading) {
      line.reading = this.#reading
      this.#found.push(line)
    }
    if (line.text === text) return
    line.text = text
    this.#view.set(line.key, text)
    this.#changed.push(line.key)
  }

  /** @returns the lines that are put in the course of `put` */
  during(put: () => void): FlatGroup {
    const found = this.#found.length
    const again = this.#again.length
    const againCount = this.#againCount
    put()
    const lines = this.#found.slice(found)
    const count = lines.length + this.#againCount - againCount
    return { lines, groups: this.#again.slice(again), count }
  }

  /** Puts lines of the reading before once more, as they were. None of them is put otherwise. */
  putAgain(group: FlatGroup): void {
    this.#again.push(group)
    this.#againCount += group.count
  }

  /** @returns the keys that came, went or have another text than before this reading */
  end(): readonly string[] {
    if (this.#found.length + this.#againCount < this.#view.size) this.#dropLost()
    return this.#changed
  }

  #markRead(groups: readonly FlatGroup[]): void {
    for (const { lines, groups: inner } of groups) {
      for (const line of lines) line.reading = this.#reading
      this.#markRead(inner)
    }
  }

  #dropLost(): void {
    this.#markRead(this.#again)
    for (const key of this.#view.keys()) {
      const line = this.line(key)
      if (line.reading === this.#reading) continue
      line.text = undefined
      this.#view.delete(key)
      this.#changed.push(key)
    }
  }
}
