/** A key of a flat view, with its text as the last reading found it. */
export interface FlatLine {
  readonly key: string
  text: string | undefined
  /** The reading that found it last. */
  reading: number
}

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
  #again: (readonly FlatLine[])[] = []
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

  /** @returns the lines that are put in the course of `put`, in no particular order */
  during(put: () => void): readonly FlatLine[] {
    const found = this.#found.length
    const again = this.#again.length
    put()
    return [...this.#found.slice(found), ...this.#again.slice(again).flat()]
  }

  /** Puts lines of the reading before once more, as they were. None of them is put otherwise. */
  putAgain(lines: readonly FlatLine[]): void {
    this.#again.push(lines)
    this.#againCount += lines.length
  }

  /** @returns the keys that came, went or have another text than before this reading */
  end(): readonly string[] {
    if (this.#found.length + this.#againCount < this.#view.size) this.#dropLost()
    return this.#changed
  }

  #dropLost(): void {
    for (const lines of this.#again) for (const line of lines) line.reading = this.#reading
    for (const key of this.#view.keys()) {
      const line = this.line(key)
      if (line.reading === this.#reading) continue
      line.text = undefined
      this.#view.delete(key)
      this.#changed.push(key)
    }
  }
}
